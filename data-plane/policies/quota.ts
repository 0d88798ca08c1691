import type { FastifyRequest } from 'fastify'
import type { Clock } from '#shared/clock.ts'
import { createPeriods, type Period } from '#shared/policies/quota/period.ts'
import type { QuotaConfig } from '#shared/policies/quota/schema.ts'
import { quotaPeriod, quotaSubject } from '#shared/quotas.ts'
import { CountersAway, type SharedCounters } from '../limits/counter.ts'
import type { QuotaSpend } from '../quotas/quotas.ts'
import type { QuotaCounters } from '../quotas/remote-quotas.ts'
import { compileCost } from './cost.ts'
import type { LimitVerdict } from './limit-count.ts'

export interface CompiledQuota {
  /** Requests cost what their route says. */
  readonly needsRoute: boolean
  readonly upstreamCost: boolean
  /** `null`: it cannot be counted, and must not pass for that reason. */
  readonly take: (request: FastifyRequest) => Promise<QuotaVerdict | 'uncounted' | null>
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
    const { count: max, period: kind, timeZone = 'UTC', by = 'client', failureMode = 'closed' } = config
    const periodAt = createPeriods(kind, timeZone)
    const costOf = compileCost(config)
    const spendOf = (request: FastifyRequest, period: Period): QuotaSpend => {
      const { gatewayId, environment, functionName } = place
      const { caller } = request.exchange
      const client = by === 'client' ? caller : null
      return {
        gatewayId,
        environment,
        subject: quotaSubject(client === null ? null : client.clientId, functionName),
        period: quotaPeriod(period.key, client === null ? place.resets : client.quotaResets),
        endsAt: period.endsAt,
        max,
        cost: costOf === null ? 1 : costOf(request)
      }
    }
    const uncounted = failureMode === 'open' ? 'uncounted' : null
    return {
      needsRoute: config.costs !== undefined,
      upstreamCost: config.upstreamCost === true,
      take: async request => {
        const now = clock.now()
        const period = periodAt(now)
        const spend = spendOf(request, period)
        const taken = await quotas.take(spend)
        if (taken === null) return uncounted
        const verdict = (used: number, isTaken: boolean): QuotaVerdict => new Verdict(sources, spend, period, now, used, isTaken)
        if (shared === null || !taken.isTaken) return verdict(taken.used, taken.isTaken)
        try {
          const together = await shared.take([inRedis(spend)])
          if (!together.isTaken) quotas.correct({ ...spend, delta: -spend.cost })
          return verdict(Math.max(taken.used, together.counts[0]!.count), together.isTaken)
        } catch (error) {
          if (!(error instanceof CountersAway)) throw error
          if (failureMode === 'open') return verdict(taken.used, true)
          quotas.correct({ ...spend, delta: -spend.cost })
          return null
        }
      }
    }
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
  readonly #spend: QuotaSpend
  readonly #used: number

  constructor (sources: QuotaSources, spend: QuotaSpend, { startsAt, endsAt }: Period, now: number, used: number, isTaken: boolean) {
    this.#sources = sources
    this.#spend = spend
    this.#used = used
    this.exceeded = !isTaken
    this.resetSeconds = Math.max(1, Math.ceil((endsAt - now) / 1000))
    this.policyHeader = `"quota";q=${spend.max};w=${(endsAt - startsAt) / 1000}`
    this.header = this.#describe(0)
  }

  settle (cost: number): string {
    const delta = cost - this.#spend.cost
    if (delta !== 0) {
      const { quotas, shared } = this.#sources
      quotas.correct({ ...this.#spend, delta })
      shared?.correct([{ ...inRedis(this.#spend), delta }])
    }
    return this.#describe(delta)
  }

  #describe (delta: number): string {
    const { max } = this.#spend
    return `"quota";r=${Math.min(max, Math.max(0, max - this.#used - delta))};t=${this.resetSeconds}`
  }
}
