import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#shared/clock.ts'
import { BackOff } from './back-off.ts'
import { EndpointFailed, type EndpointRequest, type IdentityEndpoints } from './endpoints.ts'
import type { Claims } from './token.ts'

/** Asks an issuer about a token, or knows from before. */
export interface Introspections {
  /** @returns `null`: the token is not good, or not any more. @throws {EndpointFailed} */
  of: (token: string, settings: IntrospectionSettings) => Promise<Claims | null>
}

export interface IntrospectionSettings {
  owner: string
  url: string
  clientId: string
  clientSecret: string
  cacheMs: number
  timeoutMs: number
}

interface Known {
  claims: Claims | null
  expiresAt: number
}

/** Of all environments of a worker, as JSON. */
const maxCachedBytes = 10e6
const perEntry = 300
const maxBytes = 16 * 1024
/** Of one environment: beyond it, waiting would only use memory. */
const maxPending = 256
/** A token that is not good may become good, but nobody asks for it in a hurry. */
const maxAbsentMs = 10_000
const backOff = { leastFailures: 3, firstMs: 500, maxMs: 30_000 }

interface Endpoint {
  pending: Map<string, Promise<Claims | null>>
  backOff: BackOff
  failedAt: number
}

export function createIntrospections (endpoints: Pick<IdentityEndpoints, 'ask'>, clock: Clock): Introspections {
  const known = new LRUCache<string, Known>({ maxSize: maxCachedBytes, sizeCalculation: ({ claims }) => perEntry + JSON.stringify(claims).length })
  const asked = new LRUCache<string, Endpoint>({ max: 1_000 })
  const endpointOf = (name: string): Endpoint => {
    const there = asked.get(name) ?? { pending: new Map(), backOff: new BackOff(backOff), failedAt: -Infinity }
    asked.set(name, there)
    return there
  }

  const ask = async (key: string, token: string, request: EndpointRequest, cacheMs: number, endpoint: Endpoint): Promise<Claims | null> => {
    try {
      const claims = readAnswer(await endpoints.ask(request), token)
      endpoint.backOff.answered()
      const keptMs = claims === null ? Math.min(cacheMs, maxAbsentMs) : cacheMs
      if (keptMs > 0) known.set(key, { claims, expiresAt: clock.now() + keptMs })
      return claims
    } catch (error) {
      endpoint.backOff.failed()
      endpoint.failedAt = clock.now()
      throw error
    }
  }

  return {
    of: async (token, { owner, url, clientId, clientSecret, cacheMs, timeoutMs }) => {
      const name = `${owner} ${url} ${clientId}`
      // The token itself is kept nowhere.
      const key = hash('sha256', `${name} ${token}`)
      const found = known.get(key)
      if (found !== undefined && found.expiresAt > clock.now()) return found.claims
      const endpoint = endpointOf(name)
      const underWay = endpoint.pending.get(key)
      if (underWay !== undefined) return await underWay
      if (clock.now() - endpoint.failedAt < endpoint.backOff.waitMs) throw new EndpointFailed('the endpoint has failed several times')
      if (endpoint.pending.size >= maxPending) throw new EndpointFailed('the endpoint is asked about too many tokens at once')
      // RFC 6749, section 2.3.1.
      const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
      const request = { owner, url, timeoutMs, maxBytes, form: { token, token_type_hint: 'access_token' }, headers: { authorization: `Basic ${credentials}` } }
      const asking = ask(key, token, request, cacheMs, endpoint).finally(() => endpoint.pending.delete(key))
      endpoint.pending.set(key, asking)
      return await asking
    }
  }
}

/** RFC 7662, section 2.2. Whoever repeats the token in it is not repeated: claims are seen by more than the token is. @throws {EndpointFailed} */
function readAnswer (answer: unknown, token: string): Claims | null {
  if (typeof answer !== 'object' || answer === null || !('active' in answer) || typeof answer.active !== 'boolean') throw new EndpointFailed('the endpoint answered with no introspection')
  return answer.active ? Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== token)) : null
}
