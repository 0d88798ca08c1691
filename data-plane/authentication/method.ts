import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { Freshness } from '../freshness.ts'
import type { Caller, HotCache } from '../hot-cache.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What became of a request's credentials. */
export type AuthDecision =
  | { readonly kind: 'anonymous' }
  | Authenticated
  | Refused

export interface Authenticated {
  readonly kind: 'authenticated'
  /** `null`: a token that stands for no client. */
  readonly caller: Caller | null
  readonly claims: Readonly<Record<string, unknown>> | null
  readonly scopes: readonly string[]
  /** The token that it was found by goes on. */
  readonly forwards: boolean
  /** `Content-Digest` that the caller has signed: the body is still to be compared with it. */
  readonly signedDigest: string | null
}

export interface Refused {
  readonly kind: 'refused'
  readonly code: ProblemCode
  readonly detail?: string
  readonly headers: Record<string, string>
}

/** What methods work with. */
export interface AuthSources {
  hot: Pick<HotCache, 'findKey' | 'findClient'>
  keyPepper: string | null
  clock: Clock
  freshness: Pick<Freshness, 'ageMs'>
  /** Whether the request comes from a proxy whose word is taken. */
  isTrustedPeer: (request: IncomingMessage) => boolean
}

/** One way to say who calls, with its settings worked out beforehand. */
export interface AuthMethod {
  /** RFC 9110, section 11.6.1: what a 401 asks for. */
  readonly challenge: string
  /** Changes nothing of the request. `null`: it has no credentials of this kind. A promise only where somebody else has to be asked. */
  readonly decide: (request: EdgeRequest, sources: AuthSources) => Authenticated | Refused | null | Promise<Authenticated | Refused>
  /** Takes its credentials out of the headers, whoever has decided: nothing that nobody has looked at goes on. */
  readonly strip: (headers: IncomingHttpHeaders, forwards: boolean) => void
}
