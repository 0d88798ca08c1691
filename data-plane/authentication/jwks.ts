import type { JWTVerifyGetKey } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#shared/clock.ts'
import { BackOff } from './back-off.ts'
import { EndpointFailed, type IdentityEndpoints } from './endpoints.ts'
import { jose } from './jose.ts'

/** The keys of an issuer, as they were when they were last asked for. */
export interface JwksSource {
  /** @throws {EndpointFailed} where there are none, and those that there were are too old */
  current: () => Promise<JWTVerifyGetKey>
  /** Asked for anew, because one is not among them; at most once in a while. @returns `null`: they are the same as before */
  renewed: (known: JWTVerifyGetKey) => Promise<JWTVerifyGetKey | null>
}

export interface JwksSettings {
  /** Whose they are: two environments share nothing. */
  owner: string
  url: string
  cacheMs: number
  maxStaleMs: number
}

/** Of one worker. Environments are compiled anew with each change; what their issuers have said stays. */
export interface JwksSources {
  of: (settings: JwksSettings) => JwksSource
}

/** Issuers publish two or three keys; a large organisation twenty. */
const maxKeys = 100
const maxBytes = 128 * 1024
const timeoutMs = 4_000
/** Whoever sends tokens with keys that nobody has must not make requests of them. */
const renewalMs = 30_000
const backOff = { leastFailures: 1, firstMs: 1_000, maxMs: 60_000 }
/** Each may hold `maxKeys` keys. */
const maxSources = 500

export function createJwksSources (endpoints: Pick<IdentityEndpoints, 'ask'>, clock: Clock): JwksSources {
  const sources = new LRUCache<string, JwksSource>({ max: maxSources })
  return {
    of: settings => {
      const { owner, url, cacheMs, maxStaleMs } = settings
      const name = `${owner} ${cacheMs} ${maxStaleMs} ${url}`
      const known = sources.get(name)
      if (known !== undefined) return known
      const source = new RemoteJwks(settings, endpoints, clock)
      sources.set(name, source)
      return source
    }
  }
}

class RemoteJwks implements JwksSource {
  readonly #settings: JwksSettings
  readonly #endpoints: Pick<IdentityEndpoints, 'ask'>
  readonly #clock: Clock
  readonly #backOff = new BackOff(backOff)
  #keys: JWTVerifyGetKey | null = null
  #fetchedAt = -Infinity
  #askedAt = -Infinity
  /** The one request that is under way. */
  #asking: Promise<void> | null = null

  constructor (settings: JwksSettings, endpoints: Pick<IdentityEndpoints, 'ask'>, clock: Clock) {
    this.#settings = settings
    this.#endpoints = endpoints
    this.#clock = clock
  }

  async current (): Promise<JWTVerifyGetKey> {
    const ageMs = this.#clock.now() - this.#fetchedAt
    if (this.#keys !== null && ageMs < this.#settings.cacheMs) return this.#keys
    const mayAsk = this.#asking !== null || this.#clock.now() - this.#askedAt >= this.#backOff.waitMs
    if (this.#keys !== null && ageMs < this.#settings.maxStaleMs) {
      // The next request has the new ones; this one waits for nobody.
      if (mayAsk) void this.#ask()
      return this.#keys
    }
    if (mayAsk) await this.#ask()
    if (this.#keys === null || this.#clock.now() - this.#fetchedAt >= this.#settings.maxStaleMs) throw new EndpointFailed('the keys of the issuer cannot be had')
    return this.#keys
  }

  async renewed (known: JWTVerifyGetKey): Promise<JWTVerifyGetKey | null> {
    if (this.#keys === known && (this.#asking !== null || this.#clock.now() - this.#askedAt >= renewalMs)) await this.#ask()
    return this.#keys === known ? null : this.#keys
  }

  /** Whoever comes meanwhile waits for the same answer. Does not throw: what was known stays. */
  #ask (): Promise<void> {
    return this.#asking ??= this.#fetch().finally(() => { this.#asking = null })
  }

  async #fetch (): Promise<void> {
    this.#askedAt = this.#clock.now()
    const { owner, url } = this.#settings
    try {
      const document = await this.#endpoints.ask({ owner, url, timeoutMs, maxBytes })
      this.#keys = readKeys(document)
      this.#fetchedAt = this.#clock.now()
      this.#backOff.answered()
    } catch (error) {
      if (!(error instanceof EndpointFailed)) throw error
      this.#backOff.failed()
    }
  }
}

/** RFC 7517, section 5: keys of kinds that nobody knows are left alone, so they are judged when one is used. @throws {EndpointFailed} */
function readKeys (document: unknown): JWTVerifyGetKey {
  const keys = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : null
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new EndpointFailed('the endpoint answered with no set of keys')
  const usable = keys.filter(key => typeof key === 'object' && key !== null && !Array.isArray(key))
  try {
    return jose().createLocalJWKSet({ keys: usable })
  } catch (cause) {
    throw new EndpointFailed('the endpoint answered with no set of keys', { cause })
  }
}
