import type { IncomingHttpHeaders } from 'node:http'
import { hashApiKey, parseApiKey } from '#shared/api-key.ts'
import type { KeyAuthConfig } from '#shared/plugins/key-auth.ts'
import { keyFault, type CallerPlace } from './caller.ts'
import type { Authenticated, AuthMethod, AuthSources, Refused } from './method.ts'

const ownHeaders = ['x-api-key', 'apikey']

export function compileKeyAuth ({ headers = ownHeaders, bearer = true }: KeyAuthConfig = {}): AuthMethod {
  const names = headers.map(name => name.toLowerCase())
  const challenge = `ApiKey realm="imprun"${bearer ? ', Bearer realm="imprun"' : ''}`
  /** One answer for whatever is not a real key of this gateway: a stranger learns nothing from it. */
  const notValid: Refused = { kind: 'refused', code: 'api_key_invalid', headers: { 'www-authenticate': challenge } }
  return {
    challenge,
    decide: ({ raw, exchange }, sources) => {
      const presented = readKey(raw.headers, names, bearer)
      return presented === null ? null : checkKey(presented, exchange.environment!, sources, notValid)
    },
    strip: headers => {
      for (const name of names) {
        if (headers[name] !== undefined) headers[name] = undefined
      }
    }
  }
}

/** Only the holder of a real key, found by its hash, is told what is wrong with it. */
export function checkKey (presented: string, place: CallerPlace, { hot, keyPepper, clock }: AuthSources, invalid: Refused): Authenticated | Refused {
  // The checksum turns junk away before it costs a hash or a place in a cache.
  if (parseApiKey(presented) === null) return invalid
  const key = hot.findKey(hashApiKey(presented, keyPepper))
  if (key === null || key.gatewayId !== place.gatewayId) return invalid
  if (key.environment !== place.environment) {
    return { kind: 'refused', code: 'api_key_other_environment', detail: `This API key belongs to the environment "${key.environment}".`, headers: invalid.headers }
  }
  const fault = keyFault(key, place, clock)
  return fault === null ? { kind: 'authenticated', caller: key, claims: null, scopes: key.scopes, forwards: false, signedDigest: null } : { kind: 'refused', code: fault, headers: invalid.headers }
}

/** `null` for none; different ones in several places are no key. */
function readKey (headers: IncomingHttpHeaders, names: readonly string[], bearer: boolean): string | null {
  let presented: string | null = bearer && headers.authorization !== undefined ? bearerKey.exec(headers.authorization)?.[1] ?? null : null
  for (const name of names) {
    const value = headers[name]
    if (value === undefined) continue
    const key = typeof value === 'string' ? value : value.join(', ')
    if (presented !== null && presented !== key) return ''
    presented = key
  }
  return presented
}

/** Keys begin with `imp_`. Whatever scheme one is sent with, it does not stay; only Bearer makes it count. */
const carriesKey = /(?:^|[\s,="])imp_/
const bearerKey = /^bearer +(imp_\S+)$/i

/**
 * No key of this platform reaches a function or an upstream, whether or not anyone has looked at it. Other credentials in `Authorization`
 * stay. Set to `undefined`, not deleted: that would turn the object into a slow one.
 */
export function stripKeys (headers: IncomingHttpHeaders): void {
  if (headers['x-api-key'] !== undefined) headers['x-api-key'] = undefined
  if (headers.apikey !== undefined) headers.apikey = undefined
  if (headers.authorization !== undefined && carriesKey.test(headers.authorization)) headers.authorization = undefined
}
