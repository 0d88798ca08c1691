import type { Clock } from '#shared/clock.ts'
import { createPeriods, type Period } from '#shared/policies/quota/period.ts'
import type { QuotaConfig } from '#shared/policies/quota/schema.ts'
import { setQuotas } from '#shared/policies/quota/set-quotas.ts'
import { quotaPeriod, quotaSubject } from '#shared/quotas.ts'
import { CountersAway, type SharedCounters } from '../limits/counter.ts'
import type { QuotaSpend } from '../quotas/quotas.ts'
import type { QuotaCounters } from '../quotas/remote-quotas.ts'
import { compileCost } from './cost.ts'
import type { LimitVerdict } from './limit-count.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface CompiledQuota {
  /** Requests cost what their route says. */
  readonly needsRoute: boolean
  readonly upstreamCost: boolean
  /** `null`: it cannot be counted, and must not pass for that reason. */
  readonly take: (request: EdgeRequest) => Promise<QuotaVerdict | 'uncounted' | null>
}

export interface QuotaVerdict extends LimitVerdict {
  readonly policyHeader: string
}

/** Where a quota is set: an endpoint's own counts apart from that of its environment. */
export interface QuotaPlace {
  gatewayId: string
  environment: string
  /** `null`: no endpoint's. */
  functionName: string | null
  /** How often the owner has begun the environment's period anew. */
  resets: number
}

export type QuotaCompiler = (place: QuotaPlace, config: QuotaConfig) => CompiledQuota

export interface QuotaSources {
  quotas: QuotaCounters
  /** Of all machines: what they spend in the same moment is seen there, and nowhere else. */
  shared: SharedCounters | null
  clock: Clock
}

/** In Redis the period is part of the key, so nothing has to end exactly: longer than any. */
const keptMs = 40 * 86_400_000

export function createQuotaCompiler (sources: QuotaSources): QuotaCompiler {
  const { quotas, shared, clock } = sources
  return (place, config) => {
    const { failureMode = 'closed' } = config
    const claim = compileClaim(place, config)
    const uncounted = failureMode === 'open' ? 'uncounted' : null
    const giveBack = ({ spends, cost }: Claim): void => {
      for (const spend of spends) quotas.correct({ ...spend, delta: -cost })
    }
    return {
      needsRoute: config.costs !== undefined,
      upstreamCost: config.upstreamCost === true,
      take: async request => {
        const now = clock.now()
        const wanted = claim(request, now)
        const { spends, cost } = wanted
        const taken = await quotas.take(spends)
        if (taken === null) return uncounted
        const verdict = (used: readonly number[], isTaken: boolean): QuotaVerdict => new Verdict(sources, wanted, now, used, isTaken)
        // What is free is let in whatever others have spent.
        if (shared === null || !taken.isTaken || cost === 0) return verdict(taken.used, taken.isTaken)
        try {
          const { isTaken, counts } = await shared.take(spends.map(inRedis))
          if (!isTaken) giveBack(wanted)
          return verdict(taken.used.map((used, i) => Math.max(isTaken ? used : used - cost, counts[i]!.count)), isTaken)
        } catch (error) {
          if (!(error instanceof CountersAway)) throw error
          if (failureMode === 'open') return verdict(taken.used, true)
          giveBack(wanted)
          return null
        }
      }
    }
  }
}

/** What a request wants of all quotas that it meets. */
interface Claim {
  cost: number
  spends: QuotaSpend[]
  met: MetQuota[]
}

interface MetQuota {
  name: string
  max: number
  period: Period
  /** Which of the spends is its own. */
  at: number
}

function compileClaim (place: QuotaPlace, config: QuotaConfig): (request: EdgeRequest, now: number) => Claim {
  const { gatewayId, environment, functionName } = place
  const quotas = setQuotas(config).map(quota => ({ ...quota, periodAt: createPeriods(quota.period, quota.timeZone) }))
  const costOf = compileCost(config)
  return (request, now) => {
    const cost = costOf === null ? 1 : costOf(request)
    const { caller } = request.exchange
    const spends: QuotaSpend[] = []
    const met = quotas.map(({ name, count: max, by, periodAt }): MetQuota => {
      const period = periodAt(now)
      const client = by === 'client' ? caller : null
      const subject = quotaSubject(client === null ? null : client.clientId, functionName)
      const key = quotaPeriod(period.key, client === null ? place.resets : client.quotaResets)
      // Where nobody is known, what clients have and what all have together is one.
      const same = spends.findIndex(spend => spend.subject === subject && spend.period === key)
      if (same === -1) return { name, max, period, at: spends.push({ gatewayId, environment, subject, period: key, endsAt: period.endsAt, max, cost }) - 1 }
      spends[same]!.max = Math.min(spends[same]!.max, max)
      return { name, max, period, at: same }
    })
    return { cost, spends, met }
  }
}

function inRedis ({ gatewayId, environment, subject, period, max, cost }: QuotaSpend) {
  return { key: `${gatewayId}-${environment}/quota/${subject}/${period}`, windowMs: keptMs, isSliding: false, max, cost }
}

class Verdict implements QuotaVerdict {
  readonly exceeded: boolean
  readonly header: string
  readonly policyHeader: string
  readonly resetSeconds: number
  readonly isLocal = false
  readonly #sources: QuotaSources
  readonly #claim: Claim
  readonly #now: number
  readonly #used: readonly number[]

  constructor (sources: QuotaSources, claim: Claim, now: number, used: readonly number[], isTaken: boolean) {
    this.#sources = sources
    this.#claim = claim
    this.#now = now
    this.#used = used
    this.exceeded = !isTaken
    const { met, cost } = claim
    // Who comes again before the last of those that refuse begins anew is refused again.
    const refusing = isTaken ? [] : met.filter(({ max, at }) => used[at]! + cost > max)
    const pressing = refusing.length === 0 ? null : refusing.reduce((last, one) => one.period.endsAt > last.period.endsAt ? one : last)
    this.resetSeconds = this.#secondsLeft(pressing ?? met[0]!)
    this.policyHeader = met.map(({ name, max, period: { startsAt, endsAt } }) => `"${name}";q=${max};w=${(endsAt - startsAt) / 1000}`).join(', ')
    this.header = this.#describe(0, pressing)
  }

  settle (cost: number): string {
    const { spends, cost: before } = this.#claim
    const delta = cost - before
    if (delta !== 0) {
      const { quotas, shared } = this.#sources
      for (const spend of spends) quotas.correct({ ...spend, delta })
      shared?.correct(spends.map(spend => ({ ...inRedis(spend), delta })))
    }
    return this.#describe(delta, null)
  }

  /** One of them: what is left of the others is of no use before that one begins anew. */
  #describe (delta: number, pressing: MetQuota | null): string {
    const shown = pressing ?? this.#claim.met.reduce((least, one) => this.#left(one, delta) < this.#left(least, delta) ? one : least)
    return `"${shown.name}";r=${this.#left(shown, delta)};t=${this.#secondsLeft(shown)}`
  }

  #left ({ max, at }: MetQuota, delta: number): number {
    return Math.min(max, Math.max(0, max - this.#used[at]! - delta))
  }

  #secondsLeft ({ period: { endsAt } }: MetQuota): number {
    return Math.max(1, Math.ceil((endsAt - this.#now) / 1000))
  }
}
