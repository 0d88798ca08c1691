import { randomBase62 } from '#shared/base62.ts'
import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { hashToken } from '../bearer.ts'
import { createClientId } from '../ids.ts'
import type { DataPlaneToken } from '../store/records.ts'
import { maxDataPlaneTokens, StoreError, type Page, type PageRequest, type Store } from '../store/store.ts'
import type { DataPlaneTokenDraft } from './schema.ts'

/** Tokens that open some environments to data planes, and can be revoked one by one. */
export class DataPlaneTokenService {
  readonly #store: Store
  readonly #clock: Clock
  /** By token, what is under way with it. */
  readonly #uses = new Map<string, Set<() => void>>()

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** @throws {Problem} `data_plane_token_exists`, `data_plane_token_limit_reached` */
  async create ({ name, environments = null }: DataPlaneTokenDraft): Promise<{ kept: DataPlaneToken, token: string }> {
    const token = `imp_data_${randomBase62(32)}`
    const kept = { id: createClientId(), name, tokenHash: hashToken(token), environments, createdAt: timestamp(this.#clock) }
    try {
      await this.#store.addDataPlaneToken(kept)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (error.code === 'exists') throw new Problem('data_plane_token_exists', undefined, { errors: [{ pointer: '/name', detail: 'is taken' }], cause: error })
      if (error.code === 'limit') throw new Problem('data_plane_token_limit_reached', `There can be ${maxDataPlaneTokens}.`, { cause: error })
      throw error
    }
    return { kept, token }
  }

  async list (page: PageRequest): Promise<Page<DataPlaneToken>> {
    return await this.#store.listDataPlaneTokens(page)
  }

  /** What is under way with it ends at once in this process. @throws {Problem} `data_plane_token_not_found` */
  async revoke (id: string): Promise<void> {
    await this.#store.removeDataPlaneToken(id)
    for (const end of this.#uses.get(id) ?? []) end()
  }

  /** Calls `end` when the token is revoked. Returns what says that it is not used any more. */
  use (id: string, end: () => void): () => void {
    const uses = this.#uses.get(id) ?? new Set()
    this.#uses.set(id, uses.add(end))
    return () => {
      uses.delete(end)
      if (uses.size === 0 && this.#uses.get(id) === uses) this.#uses.delete(id)
    }
  }
}
