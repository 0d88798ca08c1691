import type { CacheRules } from '#shared/policies/cache/policy.ts'
import { readDirectives, secondsOf, type Directives } from './control.ts'
import { fieldOf, type Fields } from './fields.ts'

/** For how long an answer is good, as it says itself (RFC 9111, section 4.2). Times in seconds, beginnings in milliseconds since the epoch. */
export interface Freshness {
  /** How old it was when it came, and when that was. */
  readonly initialAge: number
  readonly receivedAt: number
  readonly lifetime: number
  /** Never without asking. */
  readonly alwaysValidates: boolean
  readonly staleIfError: number
  readonly staleWhileRevalidate: number
}

export interface Verdict {
  /** Whether it may be given to others than the client that it was answered to (RFC 9111, section 3.5). */
  readonly isShared: boolean
  readonly freshness: Freshness
}

/** RFC 9110, section 15.1: where nothing is said they may be kept. */
const keptByDefault: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
const keptIfSaid: ReadonlySet<number> = new Set([...keptByDefault, 302, 307, 451])

/** @returns `null`: it must not be kept, or there is no use in it */
export function judge (status: number, fields: Fields, rules: CacheRules, { sentAt, receivedAt }: { sentAt: number, receivedAt: number }): Verdict | null {
  const control = fieldOf(fields, 'cache-control')
  const directives = readDirectives(control)
  if (!keptIfSaid.has(status) || directives.has('no-store') || directives.has('private') || fieldOf(fields, 'set-cookie') !== undefined) return null
  const isSaid = control !== undefined || fieldOf(fields, 'expires') !== undefined
  const lifetime = saidLifetime(directives, fields, receivedAt) ?? (keptByDefault.has(status) ? rules.defaultSeconds : 0)
  const hasValidator = fieldOf(fields, 'etag') !== undefined || fieldOf(fields, 'last-modified') !== undefined
  if (lifetime === 0 && !(isSaid && hasValidator)) return null
  return {
    isShared: directives.has('public') || directives.has('s-maxage'),
    freshness: {
      initialAge: initialAge(fields, sentAt, receivedAt),
      receivedAt,
      lifetime,
      alwaysValidates: directives.has('no-cache') || (control === undefined && /no-cache/i.test(fieldOf(fields, 'pragma') ?? '')),
      staleIfError: staleFor(directives, 'stale-if-error', rules.staleIfErrorSeconds),
      staleWhileRevalidate: staleFor(directives, 'stale-while-revalidate', rules.staleWhileRevalidateSeconds)
    }
  }
}

/** RFC 9111, sections 4.2.4 and 5.2.2.10: what is stale is forbidden by these, and by `s-maxage` unless the answer itself allows it beside. */
function staleFor (directives: Directives, name: string, standard: number): number {
  if (directives.has('must-revalidate') || directives.has('proxy-revalidate')) return 0
  return secondsOf(directives, name) ?? (directives.has('s-maxage') ? 0 : standard)
}

export function ageOf ({ initialAge, receivedAt }: Freshness, now: number): number {
  return initialAge + Math.max(0, now - receivedAt) / 1000
}

/** RFC 9111, section 4.2.1. */
function saidLifetime (directives: Directives, fields: Fields, receivedAt: number): number | null {
  const said = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age')
  if (said !== null) return said
  const expires = fieldOf(fields, 'expires')
  if (expires === undefined) return null
  const until = Date.parse(expires)
  const from = dateOf(fields) ?? receivedAt
  // What is no date, such as 0, is in the past.
  return Number.isNaN(until) ? 0 : Math.max(0, (until - from) / 1000)
}

/** RFC 9111, section 4.2.3. */
function initialAge (fields: Fields, sentAt: number, receivedAt: number): number {
  const said = fieldOf(fields, 'age')
  const apparent = Math.max(0, receivedAt - (dateOf(fields) ?? receivedAt)) / 1000
  const corrected = (said !== undefined && /^\d{1,10}$/.test(said) ? Number(said) : 0) + Math.max(0, receivedAt - sentAt) / 1000
  return Math.max(apparent, corrected)
}

function dateOf (fields: Fields): number | null {
  const date = Date.parse(fieldOf(fields, 'date') ?? '')
  return Number.isNaN(date) ? null : date
}
