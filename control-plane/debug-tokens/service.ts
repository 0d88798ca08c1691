import type { Clock } from '#shared/clock.ts'
import { sealDebugToken } from '#shared/debug-tokens.ts'
import type { SecretBox } from '#shared/secret-box.ts'
import { requireEnvironment } from '../existing.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'

export interface DebugTokenServiceOptions {
  store: Store
  clock: Clock
  secretBox: SecretBox
}

/** Tokens with which an owner sees in answers what her requests meet. */
export class DebugTokenService {
  readonly #options: DebugTokenServiceOptions

  constructor (options: DebugTokenServiceOptions) {
    this.#options = options
  }

  async make (ref: EnvironmentRef, ttlSeconds: number): Promise<{ token: string, expiresAt: string }> {
    const { store, clock, secretBox } = this.#options
    await requireEnvironment(store, ref)
    const expiresAt = clock.now() + ttlSeconds * 1_000
    return { token: sealDebugToken(secretBox, ref, expiresAt), expiresAt: new Date(expiresAt).toISOString() }
  }
}
