import type { IncomingHttpHeaders } from 'node:http'
import { hashApiKey, parseApiKey } from '#shared/api-key.ts'
import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { Freshness } from '../freshness.ts'
import type { HotCache, ResolvedKey } from '../hot-cache.ts'
import type { CompiledEnvironment } from './environment.ts'
import type { Exchange } from './exchange.ts'

export type AuthDecision =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'client', readonly key: ResolvedKey }
  | { readonly kind: 'refused', readonly code: ProblemCode, readonly detail?: string, readonly headers: Record<string, string> }

export interface AuthSources {
  hot: HotCache
  keyPepper: string | null
  clock: Clock
  freshness: Pick<Freshness, 'ageMs'>
}

/** RFC 9110, section 11.6.1: a 401 says how to authenticate. */
const challenge = { 'www-authenticate': 'ApiKey realm="imprun", Bearer realm="imprun"' }

const anonymous: AuthDecision = { kind: 'anonymous' }
const missing: AuthDecision = {
  kind: 'refused', code: 'api_key_missing', detail: 'Send an API key of this environment in the x-api-key header.', headers: challenge
}
/** One answer for whatever is not a real key of this gateway: a stranger learns nothing from it. */
const notValid: AuthDecision = { kind: 'refused', code: 'api_key_invalid', headers: challenge }
/** It may have been revoked, and this machine would not know. About a heartbeat after it hears again it lets keys in. */
const stale: AuthDecision = { kind: 'refused', code: 'configuration_stale', headers: { 'retry-after': '5' } }

/**
 * Who calls. Only the holder of a real key, found by its hash, is told what is wrong with it. `presented` is what `takeApiKey` gave.
 * A preview asks for a key whatever its environment does: what is being tried is not the public's yet.
 */
export function authenticate (exchange: Pick<Exchange, 'environment' | 'isPreview'>, presented: string | null, sources: AuthSources): AuthDecision {
  const environment = exchange.environment!
  if (environment.authentication === 'none' && !exchange.isPreview) return anonymous
  if (presented === null) return missing
  if (environment.maxStalenessMs !== null && sources.freshness.ageMs() > environment.maxStalenessMs) return stale
  // The checksum turns junk away before it costs a hash or a place in a cache.
  if (parseApiKey(presented) === null) return notValid
  const key = sources.hot.findKey(hashApiKey(presented, sources.keyPepper))
  if (key === null || key.gatewayId !== environment.gatewayId) return notValid
  if (key.environment !== environment.environment) {
    return { kind: 'refused', code: 'api_key_other_environment', detail: `This API key belongs to the environment "${key.environment}".`, headers: challenge }
  }
  const fault = keyFault(key, environment, sources.clock)
  return fault === null ? { kind: 'client', key } : { kind: 'refused', code: fault, headers: challenge }
}

/** What is wrong with a key that was known to belong to this environment; `null`: nothing. */
export function keyFault (key: ResolvedKey | null, { gatewayId, environment }: Pick<CompiledEnvironment, 'gatewayId' | 'environment'>, clock: Clock): ProblemCode | null {
  if (key === null || key.gatewayId !== gatewayId || key.environment !== environment) return 'api_key_invalid'
  if (!key.enabled) return 'api_key_disabled'
  return key.expiresAt !== null && key.expiresAt <= clock.now() ? 'api_key_expired' : null
}

/**
 * The key that the request presents, `null` for none; different ones in several places are no key. It is taken out of the headers,
 * whether or not anyone looks at it: no key of this platform reaches a function. Other credentials in `Authorization` stay.
 */
export function takeApiKey (headers: IncomingHttpHeaders): string | null {
  const bearer = headers.authorization === undefined ? null : takeBearerKey(headers)
  const first = takeHeader(headers, 'x-api-key')
  const second = headers.apikey === undefined ? null : takeHeader(headers, 'apikey')
  const presented = first ?? second ?? bearer
  if (presented === null) return null
  const differs = (other: string | null): boolean => other !== null && other !== presented
  return differs(second) || differs(bearer) ? '' : presented
}

/** Set to `undefined`, not deleted: that would turn the object into a slow one. */
function takeHeader (headers: IncomingHttpHeaders, name: 'x-api-key' | 'apikey'): string | null {
  const value = headers[name]
  if (value === undefined) return null
  headers[name] = undefined
  return typeof value === 'string' ? value : value.join(', ')
}

/** Keys begin with `imp_`. Whatever scheme one is sent with, it does not stay; only Bearer makes it count. */
const carriesKey = /(?:^|[\s,="])imp_/
const bearerKey = /^bearer +(imp_\S+)$/i

function takeBearerKey (headers: IncomingHttpHeaders): string | null {
  const value = headers.authorization!
  if (!carriesKey.test(value)) return null
  headers.authorization = undefined
  return bearerKey.exec(value)?.[1] ?? null
}
