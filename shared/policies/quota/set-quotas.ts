import type { PeriodKind } from './period.ts'
import type { QuotaConfig } from './schema.ts'

/** One of the quotas that are set together. */
export interface SetQuota {
  /** As clients read it in `RateLimit`. */
  readonly name: string
  readonly count: number
  readonly period: PeriodKind
  readonly timeZone: string
  readonly by: 'client' | 'environment'
}

/** Those that hold at once. No two have the same period of the same subject: what is used of one is told from the rest by that. */
export function setQuotas ({ count, period, timeZone, by, quotas = [] }: Pick<QuotaConfig, 'count' | 'period' | 'timeZone' | 'by' | 'quotas'>): SetQuota[] {
  const short = count === undefined || period === undefined ? [] : [complete('quota', { count, period, timeZone, by })]
  return [...short, ...quotas.map(quota => complete(`quota-${quota.by === 'environment' ? 'environment-' : ''}${quota.period}`, quota))]
}

type Incomplete = Pick<SetQuota, 'count' | 'period'> & { [Name in 'timeZone' | 'by']?: SetQuota[Name] | undefined }

function complete (name: string, { count, period, timeZone = 'UTC', by = 'client' }: Incomplete): SetQuota {
  return { name, count, period, timeZone, by }
}
