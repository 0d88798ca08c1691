import type { CachePurges } from '#shared/cache-purges.ts'
import type { Clock } from '#shared/clock.ts'
import type { CacheRules } from '#shared/policies/cache/policy.ts'
import type { OriginAnswer } from '../edge/answer.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import type { AnswerChange } from './changes.ts'
import { conditionsOf } from './conditional.ts'
import type { Entry } from './entry.ts'
import { fieldOf } from './fields.ts'
import { Flights, type Flight, type Landing } from './flights.ts'
import { ageOf } from './freshness.ts'
import { keyOf, select, uriOf } from './key.ts'
import type { CacheMemory, EnvironmentCache } from './memory.ts'
import { demandsOf, useOf, type CacheUse, type Demands } from './request.ts'
import { forwardedStatus, hitStatus, type Forwarded } from './status.ts'
import { replay, Turn, type Keep } from './turn.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What becomes of a request. */
export type Meeting =
  /** It is answered with what is kept. The turn is the one with which a new answer is asked for meanwhile. */
  | { readonly kind: 'answer', readonly answer: OriginAnswer, readonly refresh: Turn | null }
  /** It goes to its function or upstream. */
  | { readonly kind: 'ask', readonly turn: Turn }
  /** Another one is on its way for the same. */
  | { readonly kind: 'wait', readonly flight: Flight }
  /** There is nothing, and the client wants nothing else. */
  | { readonly kind: 'nothing' }

export interface AnswerCacheOptions {
  memory: CacheMemory
  clock: Clock
  purgesOf: (gatewayId: string, environment: string) => CachePurges
  /** To be told to the other workers. */
  onChange: (change: AnswerChange) => void
}

/** The answers that one worker keeps. */
export class AnswerCache {
  readonly #memory: CacheMemory
  readonly #clock: Clock
  readonly #purgesOf: AnswerCacheOptions['purgesOf']
  readonly #onChange: AnswerCacheOptions['onChange']
  readonly #flights = new Flights()

  constructor ({ memory, clock, purgesOf, onChange }: AnswerCacheOptions) {
    this.#memory = memory
    this.#purgesOf = purgesOf
    this.#clock = clock
    this.#onChange = onChange
  }

  get heldBytes (): number { return this.#memory.bytes }

  /** @param landing of the one that it has waited for; `null`: it has not */
  meet (request: EdgeRequest, landing: Landing | null): Meeting {
    const { environment, layer } = request.exchange
    const { gatewayId, environment: name, purges } = environment!
    const place = this.#memory.of(gatewayId, name)
    place.purge(purges)
    const onChange = (uri: string): void => {
      place.change(uri)
      this.#onChange({ gatewayId, environment: name, uri })
    }
    return new Lookup(request, { rules: layer!.policies.cache!, place, memory: this.#memory, flights: this.#flights, now: this.#clock.now, onChange }).meet(landing)
  }

  /** What other workers have met. Where nothing was ever asked for here, nothing is kept. */
  forget (changes: readonly AnswerChange[]): void {
    for (const { gatewayId, environment, uri } of changes) {
      if (this.#memory.has(gatewayId, environment)) this.#memory.of(gatewayId, environment).change(uri)
    }
  }

  /** What is kept goes with what it was kept for, and where it was purged. After the hot cache has forgotten what the change touched. */
  apply ({ all, environments }: Pick<ReplicaChange, 'all' | 'environments'>): void {
    if (all) return this.#memory.dropAll()
    for (const { gatewayId, environment, hasEnded } of environments) {
      if (hasEnded) this.#memory.drop(gatewayId, environment)
      else if (this.#memory.has(gatewayId, environment)) this.#memory.of(gatewayId, environment).purge(this.#purgesOf(gatewayId, environment))
    }
  }
}

interface LookupOptions {
  rules: CacheRules
  place: EnvironmentCache
  memory: CacheMemory
  flights: Flights
  now: () => number
  /** It is not what it was. */
  onChange: (uri: string) => void
}

class Lookup {
  readonly #request: EdgeRequest
  readonly #rules: CacheRules
  readonly #place: EnvironmentCache
  readonly #memory: CacheMemory
  readonly #flights: Flights
  readonly #now: () => number
  readonly #onChange: LookupOptions['onChange']
  readonly #uri: string

  constructor (request: EdgeRequest, { rules, place, memory, flights, now, onChange }: LookupOptions) {
    this.#request = request
    this.#rules = rules
    this.#place = place
    this.#memory = memory
    this.#flights = flights
    this.#now = now
    this.#onChange = onChange
    this.#uri = uriOf(request)
  }

  meet (landing: Landing | null): Meeting {
    const use = useOf(this.#request)
    if (use === 'unsafe') return this.#pass('method', answer => this.#changed(answer))
    if (use === 'none') return this.#pass('bypass', null)
    const demands = demandsOf(this.#request.raw, this.#rules.obeysRequests)
    if (demands.keepsNothing) return this.#pass('request', null)
    const keep = this.#keep()
    const entries = [...this.#place.find(keep.ownKey), ...this.#place.find(keep.sharedKey)]
    const entry = select(entries, keep.headers, keep.consumerName)
    if (entry !== null) {
      const given = this.#give(entry, keep, demands, landing !== null)
      if (given !== null) return given
    }
    if (demands.onlyIfKept) return { kind: 'nothing' }
    const why = entry !== null ? (demands.wantsNew ? 'request' : 'stale') : entries.length > 0 ? 'vary-miss' : 'uri-miss'
    // What the client does not trust others have not asked for on its behalf.
    const alone = demands.wantsNew || demands.maxAge !== Infinity
    return this.#ask(use, keep, entry, why, alone ? 'passed' : landing)
  }

  /** @returns `null`: not without asking */
  #give (entry: Entry, keep: Keep, demands: Demands, hasWaited: boolean): Meeting | null {
    const { freshness } = entry
    const now = this.#now()
    const age = ageOf(freshness, now)
    const left = freshness.lifetime - age
    if (freshness.alwaysValidates || demands.wantsNew || age > demands.maxAge) return null
    const isFresh = left > demands.minFresh
    if (!isFresh && (demands.minFresh > 0 || -left >= freshness.staleWhileRevalidate)) return null
    this.#place.used(entry)
    const status = hasWaited && isFresh ? forwardedStatus('uri-miss', { isCollapsed: true }) : hitStatus(freshness, now, isFresh ? null : 'stale-while-revalidate')
    const answer = replay(entry, { now, conditions: conditionsOf(this.#request.raw.headers), status })
    const flight = isFresh ? null : this.#flights.begin(keep.ownKey)
    return { kind: 'answer', answer, refresh: flight === null ? null : this.#turn('stale', keep, entry, flight, true) }
  }

  #ask (use: CacheUse, keep: Keep, entry: Entry | null, why: Forwarded, landing: Landing | null): Meeting {
    const { headers } = this.#request.raw
    if (use === 'head') return this.#pass(why, null)
    const isConditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined
    // Who has an answer already may be told that it is good: that is nothing for others.
    if (isConditional && entry === null) return { kind: 'ask', turn: this.#turn(why, keep, null, null, false) }
    const underWay = landing === null || landing === 'lost' ? this.#flights.find(keep.ownKey) : null
    if (underWay !== null) return { kind: 'wait', flight: underWay }
    return { kind: 'ask', turn: this.#turn(why, keep, entry, landing === 'passed' ? null : this.#flights.begin(keep.ownKey), false) }
  }

  /** RFC 9111, section 4.3.1: the request asks whether what is kept is still good, where that can be asked. */
  #turn (why: Forwarded, keep: Keep, entry: Entry | null, flight: Flight | null, isBackground: boolean): Turn {
    const { headers } = this.#request.raw
    // On its way they are changed.
    const kept = { ...keep, headers: { ...headers } }
    const conditions = conditionsOf(headers)
    const etag = entry === null ? undefined : fieldOf(entry.headers, 'etag')
    const modified = entry === null ? undefined : fieldOf(entry.headers, 'last-modified')
    if (entry !== null) {
      headers['if-none-match'] = etag
      headers['if-modified-since'] = modified
    }
    return new Turn({
      now: this.#now,
      why,
      keep: kept,
      entry,
      conditions: entry === null ? null : conditions,
      flight,
      onChanged: null,
      put: made => this.#put(made)
    }, isBackground)
  }

  #pass (why: Forwarded, onChanged: ((answer: OriginAnswer) => void) | null): Meeting {
    const options = { now: this.#now, why, keep: null, entry: null, conditions: null, flight: null, onChanged, put: (made: Entry) => this.#put(made) }
    return { kind: 'ask', turn: new Turn(options) }
  }

  #put (entry: Entry): void {
    this.#memory.put(this.#place, entry, this.#rules.maxBytes)
  }

  #keep (): Keep {
    const { exchange, raw: { headers } } = this.#request
    const { caller, environment, target } = exchange
    return {
      rules: this.#rules,
      uri: this.#uri,
      path: target.path,
      number: environment!.purges.last,
      changes: this.#place.changes,
      // Who is nobody is somebody else than everyone.
      ownKey: keyOf(this.#request, this.#uri, caller === null ? '-' : `=${caller.clientId}`, this.#rules),
      sharedKey: keyOf(this.#request, this.#uri, '*', this.#rules),
      headers,
      consumerName: caller === null ? null : caller.consumerName
    }
  }

  /** RFC 9111, section 4.4: also what the answer says that it has changed, on the same host. */
  #changed ({ headers }: OriginAnswer): void {
    this.#onChange(this.#uri)
    const { authority } = this.#request.exchange.target
    const base = `http://${authority}${this.#request.exchange.target.path}`
    for (const name of ['location', 'content-location']) {
      const said = fieldOf(headers, name)
      const url = said === undefined ? null : URL.parse(said, base)
      if (url !== null && url.host === new URL(base).host) this.#onChange(`${authority!.toLowerCase()}${url.pathname}?${url.search.slice(1)}`)
    }
  }
}
