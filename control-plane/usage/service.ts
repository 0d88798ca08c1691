import type { Clock } from '#shared/clock.ts'
import type { UsageReport } from '#shared/usage.ts'
import { requireEnvironment } from '../existing.ts'
import type { RouteUsage } from '../store/records.ts'
import { routeUsageDays, type EnvironmentRef, type Page, type PageRequest, type Store } from '../store/store.ts'

const dayMs = 86_400_000

/** What of releases is in use. */
export class UsageService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** By path. */
  async list (ref: EnvironmentRef, days: number, page: PageRequest): Promise<Page<RouteUsage>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listRouteUsage(ref, this.#clock.now() - days * dayMs, page)
  }

  /** The clocks of data planes are not this one: nothing is of the future. What would be forgotten at once is not kept. */
  async add ({ routes, variables }: UsageReport): Promise<void> {
    const now = this.#clock.now()
    const known = routes.filter(({ lastAt }) => lastAt > now - routeUsageDays * dayMs)
    await this.#store.addUsage({ routes: known.map(route => ({ ...route, lastAt: Math.min(now, route.lastAt) })), variables })
  }
}
