import type { RetryCondition, RetrySettings } from '#shared/upstream-options.ts'
import type { UpstreamFailure } from './failure.ts'

/** RFC 9110, section 9.2.2: what may be sent again without anybody's leave. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const gatewayErrors: ReadonlySet<number> = new Set([502, 503, 504])

/** What can be sent again although something of it was sent: the same thing comes of it, and it is all still here. */
export function isRepeatable (method: string, hasBody: boolean): boolean {
  return !hasBody && idempotent.has(method)
}

/** @param isSent whether something of the request may have been sent */
export function conditionOf (code: UpstreamFailure['code'], isSent: boolean): RetryCondition {
  if (!isSent) return 'connect-failure'
  return code === 'upstream_timeout' ? 'timeout' : 'reset'
}

export function isGatewayError (status: number): boolean {
  return gatewayErrors.has(status)
}

/** While there may be another attempt, one may be given less time. @param attempts so many there were already */
export function firstByteMs ({ firstByteMs }: { firstByteMs: number }, retries: RetrySettings | null, attempts: number): number {
  if (retries === null || retries.perTryTimeoutMs === undefined || attempts >= retries.attempts) return firstByteMs
  return Math.min(firstByteMs, retries.perTryTimeoutMs)
}
