import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Upstream } from '../store/documents.ts'
import { servedNumbers } from '../store/serving.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'
import { maxUpstreams, type UpstreamDraft } from './schema.ts'
import { settledUpstream } from './settled.ts'

/** The rules of upstreams. */
export class UpstreamService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<Upstream>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listUpstreams(ref, page)
  }

  async get (ref: EnvironmentRef, name: string): Promise<Upstream> {
    const upstream = await this.#store.getUpstream(ref, name)
    if (upstream !== null) return upstream
    await requireEnvironment(this.#store, ref)
    throw new Problem('upstream_not_found')
  }

  async put (ref: EnvironmentRef, name: string, draft: UpstreamDraft, precondition: Precondition): Promise<{ upstream: Upstream, created: boolean }> {
    const settings = settledUpstream(draft, '')
    await requireEnvironment(this.#store, ref)
    return await untilUncontended(async () => {
      const current = await this.#store.getUpstream(ref, name)
      precondition.check(current && etagOf(current.revision))
      if (current === null) await this.#requireRoom(ref)
      const now = timestamp(this.#clock)
      const next = { name, ...settings, createdAt: current?.createdAt ?? now, updatedAt: now }
      const upstream = await madeOrGone(() => this.#store.putUpstream(ref, next, current?.revision ?? null))
      return { upstream, created: current === null }
    })
  }

  /** They are one document with the environment. */
  async #requireRoom (ref: EnvironmentRef): Promise<void> {
    const { items } = await this.#store.listUpstreams(ref, { limit: maxUpstreams, after: null })
    if (items.length === maxUpstreams) throw new Problem('upstream_limit_reached', `An environment has at most ${maxUpstreams} upstreams.`)
  }

  /** Whoever removes it would take routes down that are served. */
  async #requireUnused (ref: EnvironmentRef, name: string): Promise<void> {
    for (const number of servedNumbers(await requireEnvironment(this.#store, ref))) {
      const release = await this.#store.getRelease(ref, number)
      const user = release?.routes.find(({ upstream }) => upstream?.name === name)
      if (user !== undefined) throw new Problem('upstream_in_use', `"${user.functionName}" goes to it in release ${number} of ${ref.environment}.`)
    }
  }

  /** @returns the revision of the deletion */
  async delete (ref: EnvironmentRef, name: string, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const { revision } = await this.get(ref, name)
      precondition.check(etagOf(revision))
      await this.#requireUnused(ref, name)
      return await this.#store.removeUpstream(ref, name, revision)
    })
  }
}
