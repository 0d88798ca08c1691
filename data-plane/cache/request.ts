import { readDirectives, secondsOf } from './control.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What of a request decides whether something that is kept may answer it. */
export type CacheUse =
  /** It is asked for, and what is answered may be kept. */
  | 'get'
  /** It may be answered, and its answer is not kept. */
  | 'head'
  /** It may change what is kept (RFC 9111, section 4.4). */
  | 'unsafe'
  | 'none'

const unsafe: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
/** What asks for a part, or only under conditions that are not known here. */
const apart = ['range', 'if-range', 'if-match', 'if-unmodified-since', 'upgrade', 'authorization'] as const

export function useOf ({ raw: { method, headers }, exchange }: EdgeRequest): CacheUse {
  if (unsafe.has(method!)) return 'unsafe'
  if (method !== 'GET' && method !== 'HEAD') return 'none'
  // Who holds a token is somebody that the gateway does not tell from others who come by the same client.
  const isPersonal = exchange.claims !== null || (exchange.scopes !== null && exchange.caller === null)
  if (isPersonal || apart.some(name => headers[name] !== undefined)) return 'none'
  return method === 'GET' ? 'get' : 'head'
}

/** What the client will have (RFC 9111, section 5.2.1). Seconds. */
export interface Demands {
  readonly keepsNothing: boolean
  readonly wantsNew: boolean
  readonly onlyIfKept: boolean
  readonly maxAge: number
  readonly minFresh: number
}

const noDemands: Demands = { keepsNothing: false, wantsNew: false, onlyIfKept: false, maxAge: Infinity, minFresh: 0 }

export function demandsOf ({ headers }: EdgeRequest['raw'], isObeyed: boolean): Demands {
  const control = headers['cache-control']
  if (!isObeyed || (control === undefined && headers.pragma === undefined)) return noDemands
  const directives = readDirectives(control)
  return {
    keepsNothing: directives.has('no-store'),
    // RFC 9111, section 5.4: the older word for it.
    wantsNew: directives.has('no-cache') || (control === undefined && /no-cache/i.test(headers.pragma ?? '')),
    onlyIfKept: directives.has('only-if-cached'),
    maxAge: secondsOf(directives, 'max-age') ?? Infinity,
    minFresh: secondsOf(directives, 'min-fresh') ?? 0
  }
}
