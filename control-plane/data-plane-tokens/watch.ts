import { StoreError } from '../store/store.ts'
import { identify, type DataPlaneAccess } from './access.ts'
import type { DataPlaneTokenService } from './service.ts'

export interface TokenWatch {
  access: DataPlaneAccess
  tokens: Pick<DataPlaneTokenService, 'use'>
  token: string
  tokenId: string
  /** How often it is looked whether another control plane has revoked it. */
  intervalMs: number
  /** Called when it opens nothing any more; more than once, perhaps. */
  onRevoked: () => void
}

/** For what goes on for longer than a request. Returns what ends the watch. */
export function watchToken ({ access, tokens, token, tokenId, intervalMs, onRevoked }: TokenWatch): () => void {
  const look = async (): Promise<void> => {
    try {
      if (await identify(access, token) === null) onRevoked()
    } catch (error) {
      // Nobody can say anything of it while the store is away, and then nothing new is sent either.
      if (!(error instanceof StoreError)) throw error
    }
  }
  const stop = tokens.use(tokenId, onRevoked)
  // It may have been revoked between the request's look and the line above.
  void look()
  const timer = setInterval(() => void look(), intervalMs).unref()
  return () => {
    clearInterval(timer)
    stop()
  }
}
