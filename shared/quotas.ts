/**
 * What was spent of quotas, on its way from a data plane to the control plane: `POST /v1/data-plane/quotas`, answered with what others have
 * spent of the same.
 *
 * A data plane says how much it has spent of a period in all, and never how much since its last report: whatever is lost, sent twice or late is
 * as if it had not been. Both sums only grow; what is left of them is the use.
 */
export interface QuotaReport {
  /** Whose sums these are: the id of the file that they are kept in. */
  ledger: string
  uses: QuotaUse[]
}

/** One counter: who spends, and in which period. */
export interface QuotaRef {
  gatewayId: string
  environment: string
  /** `client:<id>`, `environment`; below an endpoint that has a quota of its own, `route:<function>:` stands before it. */
  subject: string
  /** `day:2026-11-23`, with the number of its reset behind `#` where there was one. */
  period: string
}

export interface QuotaUse extends QuotaRef {
  /** Of the period, in milliseconds since the epoch: what is not asked for any more is forgotten some time later. */
  endsAt: number
  spent: number
  /** Of that, what was given back. */
  returned: number
}

export interface QuotaAnswer {
  /** For each use what all other ledgers have spent of it. */
  others: number[]
}

/** Matter of the uplink. */
export const quotaMatter = '/quotas'
export const maxQuotaUses = 500
/** How long after its end a period is remembered. */
export const quotaRetainedMs = 7 * 86_400_000

/** What a quota counts together: the same wherever it is set, except that an endpoint's own quota is one of its own. */
export function quotaSubject (clientId: string | null, functionName: string | null = null): string {
  const who = clientId === null ? 'environment' : `client:${clientId}`
  return functionName === null ? who : `route:${functionName}:${who}`
}

/** @param resets how often the owner has begun the period anew */
export function quotaPeriod (periodKey: string, resets: number): string {
  return resets === 0 ? periodKey : `${periodKey}#${resets}`
}
