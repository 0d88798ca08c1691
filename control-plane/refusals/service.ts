import { LRUCache } from 'lru-cache'
import type { Clock } from '#shared/clock.ts'
import { refusalsEveryMs, type Refusal, type RefusalReport } from '#shared/refusals.ts'
import { requireEnvironment } from '../existing.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import type { RefusalItem } from './schema.ts'

/** Data planes that refuse something at the same time; the one that was heard of least goes first. */
const maxReporters = 1_000
const forgottenAfterMs = 3 * refusalsEveryMs

interface Report {
  refusals: Refusal[]
  reportedAt: number
}

/** What data planes could not take. Kept in memory: they say it again every now and then, for as long as it is so. */
export class RefusalService {
  readonly #store: Store
  readonly #clock: Clock
  /** By node. */
  readonly #reports = new LRUCache<string, Report>({ max: maxReporters })

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** @param environments the ones that its token opens; `null`: all. It has no say in any other. */
  report (nodeId: string, { refusals }: RefusalReport, environments: readonly string[] | null): void {
    const known = refusals.filter(({ environment }) => environment === null || environments === null || environments.includes(environment))
    if (known.length === 0) this.#reports.delete(nodeId)
    else this.#reports.set(nodeId, { refusals: known, reportedAt: this.#clock.now() })
  }

  /** Of the environment, or of all of its gateway. */
  async list (ref: EnvironmentRef): Promise<RefusalItem[]> {
    await requireEnvironment(this.#store, ref)
    const items: RefusalItem[] = []
    for (const [dataPlane, { refusals, reportedAt }] of this.#reports.entries()) {
      if (this.#clock.now() - reportedAt > forgottenAfterMs) continue
      for (const { kind, gatewayId, environment, id, revision, reason } of refusals) {
        if (gatewayId !== ref.gatewayId || (environment !== null && environment !== ref.environment)) continue
        items.push({ dataPlane, kind, id, revision, reason, reportedAt: new Date(reportedAt).toISOString() })
      }
    }
    return items
  }
}
