import { invalidField } from '../field-errors.ts'
import type { Canary } from '../store/documents.ts'

/** Who meets a canary, and when it is dropped by itself. */
export type CanaryRule = Pick<Canary, 'weight' | 'header' | 'maxErrorShare' | 'minRequests' | 'windowSeconds'>

export const standardRule: CanaryRule = { weight: 5, header: 'x-canary', maxErrorShare: 0.05, minRequests: 20, windowSeconds: 60 }

/** They mean something else already, to the gateway or to what is on the way to it. */
const taken = /^(?:authorization|apikey|x-api-key|host|cookie|origin|connection|keep-alive|upgrade|te|trailer|transfer-encoding|expect|via|forwarded|traceparent|tracestate|x-request-id|x-consumer-.*|x-forwarded-.*|x-imprun-.*|content-.*|accept.*|access-control-.*|proxy-.*|sec-.*|if-.*)$/

/** @param pointer of the rule in the body @throws {Problem} `validation_failed` */
export function checkRule (asked: CanaryRule, pointer: string): CanaryRule {
  const { weight } = asked
  const header = asked.header?.toLowerCase() ?? null
  // Of what JSON can say of hundredths, nothing is lost by this; the schema's `multipleOf` would refuse 0.07.
  if (Math.round(weight * 100) / 100 !== weight) throw invalidField(`${pointer}/weight`, 'must have at most two decimals')
  if (weight === 0 && header === null) throw invalidField(`${pointer}/weight`, 'must be above 0 where no header leads to the canary')
  if (header !== null && taken.test(header)) throw invalidField(`${pointer}/header`, 'has another meaning already')
  return { ...asked, weight, header }
}

/** From when on answers count, in milliseconds since the epoch. */
export function windowStart ({ changedAt, windowSeconds }: Canary, now: number): number {
  return Math.max(Date.parse(changedAt), now - windowSeconds * 1_000)
}

export interface Counts { requests: number, failures: number }

/** @returns why it is to be dropped, for its owner; `null`: it is not */
export function findFault ({ maxErrorShare, minRequests, windowSeconds }: Canary, { requests, failures }: Counts): string | null {
  if (maxErrorShare === null || requests < minRequests || failures / requests <= maxErrorShare) return null
  return `${failures} of ${requests} answers within ${windowSeconds} seconds were 5xx: ${percent(failures / requests)}, where ${percent(maxErrorShare)} is allowed.`
}

function percent (share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}
