import type { ReleaseRoute } from '#shared/feed.ts'
import type { Environment } from '../store/documents.ts'
import { StoreError, type Store } from '../store/store.ts'

/** What an environment serves now. */
export async function servedRoutes (store: Store, { gatewayId, name, release: number }: Environment): Promise<ReleaseRoute[]> {
  if (number === null) return []
  const release = await store.getRelease({ gatewayId, environment: name }, number)
  // Releases end with their environment alone: it was deleted after it was read.
  if (release === null) throw new StoreError('revision_mismatch', `Release ${number} of ${gatewayId}-${name} is gone`)
  return release.routes
}
