import { Problem } from '#shared/errors.ts'
import { requireEnvironment } from '../existing.ts'
import { StoreError, type EnvironmentRef, type Store } from '../store/store.ts'
import type { CachePurgeBody } from './schema.ts'

/** What owners have done with the answers that are kept of their functions and upstreams. */
export class CacheService {
  readonly #store: Store

  constructor ({ store }: { store: Store }) {
    this.#store = store
  }

  /** @returns the revision from which on none of them is given out */
  async purge (ref: EnvironmentRef, { all, ...targets }: CachePurgeBody): Promise<number> {
    if (all === true && Object.keys(targets).length > 0) {
      throw new Problem('validation_failed', undefined, { errors: [{ pointer: '/all', detail: 'cannot stand beside paths or tags' }] })
    }
    await requireEnvironment(this.#store, ref)
    try {
      return await this.#store.purgeCache(ref, all === true ? null : targets)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'not_found')) throw error
      throw new Problem('environment_not_found', undefined, { cause: error })
    }
  }
}
