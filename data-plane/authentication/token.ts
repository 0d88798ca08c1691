import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import { clientFault, findClient, type CallerPlace } from './caller.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Of tokens of all kinds: what their claims say of client and scopes. */
export interface TokenSettings {
  clientClaim?: string
  unknownClient?: 'refuse' | 'admit'
  scopesClaim?: string
  forwardToken?: boolean
}

/** RFC 6750, section 3. */
export const bearerChallenge = 'Bearer realm="imprun"'
/** Somewhat more than the largest that is of any use in a header. */
const maxTokenLength = 8_192
const bearer = /^bearer +(\S+)$/i

/** `null`: none, or an API key. */
export function readBearer (authorization: string | undefined): string | null {
  const token = authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
  return token === undefined || token.startsWith('imp_') ? null : token
}

export function isTooLong (token: string): boolean {
  return token.length > maxTokenLength
}

export function refuseToken (code: Extract<ProblemCode, 'token_invalid' | 'token_expired' | `client_${string}`>, detail?: string): Refused {
  return { kind: 'refused', code, ...(detail !== undefined && { detail }), headers: { 'www-authenticate': `${bearerChallenge}, error="invalid_token"` } }
}

/** Neither good nor bad: nobody can tell at the moment. */
export const unavailable: Refused = { kind: 'refused', code: 'identity_unavailable', headers: { 'retry-after': '5' } }

/** Who a token that is good stands for, and what it may do. */
export function judgeClaims (claims: Claims, { clientClaim, unknownClient = 'refuse', scopesClaim = 'scope', forwardToken: forwards = false }: TokenSettings, place: CallerPlace, { hot, clock }: Pick<AuthSources, 'hot'> & { clock: Clock }): Authenticated | Refused {
  const scopes = readScopes(claims, scopesClaim)
  if (clientClaim === undefined) return { kind: 'authenticated', caller: null, claims, scopes, forwards, signedDigest: null }
  const named = Object.hasOwn(claims, clientClaim) ? claims[clientClaim] : undefined
  const caller = typeof named === 'string' && named !== '' ? findClient(hot, place, 'id', named) ?? findClient(hot, place, 'name', named) : null
  if (caller === null && unknownClient === 'admit') return { kind: 'authenticated', caller, claims, scopes, forwards, signedDigest: null }
  const fault = clientFault(caller, clock)
  return fault === null ? { kind: 'authenticated', caller, claims, scopes, forwards, signedDigest: null } : refuseToken(fault as 'client_unknown')
}

/** RFC 8693, section 4.2 has a text with spaces; many issuers send an array. */
function readScopes (claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (typeof value === 'string') return value.split(' ').filter(scope => scope !== '')
  return Array.isArray(value) ? value.filter(scope => typeof scope === 'string') : []
}

/** Tokens are taken out, good or not, unless their owner wants them to go on. */
export function stripToken (isOurs: (token: string) => boolean): AuthMethod['strip'] {
  return (headers, forwards) => {
    if (forwards) return
    const token = readBearer(headers.authorization)
    if (token !== null && isOurs(token)) headers.authorization = undefined
  }
}
