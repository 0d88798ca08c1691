import { timestamp, type Clock } from '#shared/clock.ts'
import type { ReleaseCounts } from '#shared/canaries.ts'
import { coalesced } from '../coalesce.ts'
import type { OwnerLog } from '../logs/owner-log.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { EndedCanary } from '../store/documents.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import { findFault, windowStart } from './rule.ts'

/** Hears of data planes how canaries do, and drops those that break their rule. */
export class CanaryJudge {
  readonly #store: Store
  readonly #clock: Clock
  readonly #ownerLog: OwnerLog
  /** By gateway and environment: reports come every second from every data plane, and one look is enough for those that wait. */
  readonly #judgeOnce: (key: string) => Promise<void>

  constructor ({ store, clock, ownerLog }: { store: Store, clock: Clock, ownerLog: OwnerLog }) {
    this.#store = store
    this.#clock = clock
    this.#ownerLog = ownerLog
    this.#judgeOnce = coalesced(async key => {
      const [gatewayId, environment] = key.split('/') as [string, string]
      await this.judge({ gatewayId, environment })
    })
  }

  /** Counts, then judges the environments that are named. Where one of them cannot be judged the others are. */
  async report (counts: readonly ReleaseCounts[]): Promise<void> {
    await this.#store.addReleaseCounts(counts, this.#clock.now())
    const named = new Set(counts.map(({ gatewayId, environment }) => `${gatewayId}/${environment}`))
    const judged = await Promise.allSettled([...named].map(this.#judgeOnce))
    for (const outcome of judged) if (outcome.status === 'rejected') throw outcome.reason
  }

  async judge (ref: EnvironmentRef): Promise<void> {
    const failed = await untilUncontended(() => this.#dropWhereFailed(ref))
    if (failed === null) return
    const { release, reason } = failed
    await this.#ownerLog.write(ref, 'error', `The canary of release ${release} was dropped. ${reason}`, { canary: release })
  }

  /** @returns `null`: there is nothing to drop */
  async #dropWhereFailed (ref: EnvironmentRef): Promise<EndedCanary | null> {
    const environment = await this.#store.getEnvironment(ref.gatewayId, ref.environment)
    if (environment === null || environment.canary === null) return null
    const { release, canary, previews, revision } = environment
    const reason = findFault(canary, await this.#store.sumReleaseCounts(ref, canary.release, windowStart(canary, this.#clock.now())))
    if (reason === null) return null
    const lastCanary: EndedCanary = { release: canary.release, outcome: 'failed', reason, endedAt: timestamp(this.#clock) }
    await madeOrGone(() => this.#store.replaceServing(ref, { release, canary: null, lastCanary, previews }, revision))
    return lastCanary
  }
}
