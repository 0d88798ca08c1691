import type { OriginAnswer } from '../edge/answer.ts'
import { ageOf, type Freshness } from './freshness.ts'

/** `Cache-Status` (RFC 9211): the name that this cache goes by. */
const cacheName = 'imprun'

/** Why something was asked of the function or the upstream. */
export type Forwarded = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale'

export function hitStatus (freshness: Freshness, now: number, detail: string | null): string {
  const ttl = Math.floor(freshness.lifetime - ageOf(freshness, now))
  return `${cacheName}; hit; ttl=${ttl}${detail === null ? '' : `; detail=${detail}`}`
}

export function forwardedStatus (why: Forwarded, { status, isKept = false, isCollapsed = false }: { status?: number, isKept?: boolean, isCollapsed?: boolean } = {}): string {
  return `${cacheName}; fwd=${why}${status === undefined ? '' : `; fwd-status=${status}`}${isKept ? '; stored' : ''}${isCollapsed ? '; collapsed' : ''}`
}

/** Each cache adds its own behind those that were nearer to the origin. */
export function withStatus (headers: OriginAnswer['headers'], status: string): OriginAnswer['headers'] {
  return [...headers, ['cache-status', status]]
}
