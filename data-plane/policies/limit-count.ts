import fastifyRateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { CountedBy } from '#shared/policies/counted-by.ts'
import type { LimitCountConfig } from '#shared/policies/limit-count/schema.ts'
import { CountersAway, type SharedCounters, type Spend, type Taken, type WindowCount, type WindowCounters } from '../limits/counter.ts'
import { compileCost } from './cost.ts'
import { compileSubject, needsRoute } from './subject.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** The limits of one environment. */
export interface CompiledLimit {
  /** Requests are counted by their route, or cost what it says. */
  readonly needsRoute: boolean
  /** Whether upstreams may say what a request costs. */
  readonly upstreamCost: boolean
  /** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policyHeader: string
  /** Counts the request. `null`: it cannot be counted, and must not pass for that reason. */
  readonly count: (request: EdgeRequest) => Promise<LimitVerdict | null>
}

export interface LimitVerdict {
  readonly exceeded: boolean
  /** `RateLimit` (the same draft): what is left, and for how long. */
  readonly header: string
  /** Whole seconds until it makes sense to try again, at least 1. */
  readonly resetSeconds: number
  /** Machines count together, and this request was counted on this one alone. */
  readonly isLocal: boolean
  /** The request was let in and has cost something else: counts it so. @returns `RateLimit` after that */
  readonly settle: (cost: number) => string
}

/** Where requests are counted: `shared` by all machines, if there is one, and else by this one. */
export interface LimitCounters {
  own: WindowCounters
  shared: SharedCounters | null
}

export type LimitCompiler = (routeName: string, config: LimitCountConfig) => CompiledLimit

const policyName = 'limit-count'

/** One of several limits. */
interface Limit {
  name: string
  count: number
  windowSeconds: number
  isSliding: boolean
  by: CountedBy
}

/** Registers the plugin with this data plane's counters as its store; limits are compiled per environment, and none is global. */
export function registerLimitCount (app: FastifyInstance, counters: LimitCounters): LimitCompiler {
  app.register(fastifyRateLimit, { global: false, store: storeOver(counters.shared ?? counters.own) })
  return (routeName, config) => {
    const limits = limitsOf(config)
    const cost = compileCost(config)
    const [first] = limits
    const isPlain = limits.length === 1 && first!.name === policyName && !first!.isSliding && cost === null
    return {
      needsRoute: config.costs !== undefined || limits.some(({ by }) => needsRoute(by)),
      upstreamCost: config.upstreamCost === true,
      policyHeader: limits.map(({ name, count, windowSeconds }) => `"${name}";q=${count};w=${windowSeconds}`).join(', '),
      count: isPlain ? compilePlain(app, counters, routeName, first!, config) : compileSeveral(counters, routeName, limits, config)
    }
  }
}

function limitsOf ({ count, windowSeconds, window, by = 'client', limits = [] }: LimitCountConfig): Limit[] {
  const short = count === undefined || windowSeconds === undefined ? [] : [{ name: policyName, count, windowSeconds, isSliding: window === 'sliding', by }]
  return [...short, ...limits.map(limit => ({ ...limit, isSliding: limit.window === 'sliding', by: limit.by ?? 'client' as const }))]
}

/** One fixed window in which each request counts once: what the plugin does. */
function compilePlain (app: FastifyInstance, { own, shared }: LimitCounters, routeName: string, limit: Limit, { failureMode = 'open' }: LimitCountConfig): CompiledLimit['count'] {
  const { count: max, windowSeconds, by } = limit
  const windowMs = windowSeconds * 1000
  const subject = compileSubject(by)
  const countOnce = app.createRateLimit({ max, timeWindow: windowMs, keyGenerator: asked => (asked as unknown as AskedByPlugin).key })
  const counting = { max, windowMs }
  return async request => {
    const asked = new AskedByPlugin(`${routeName}/${subject(request)}`)
    try {
      const counted = await countOnce(asked as unknown as FastifyRequest)
      // Of the plugin's allow list, which is not used.
      if (counted.isAllowed) return null
      const { key, isExceeded, remaining, ttlInSeconds } = counted
      return new PlainVerdict(shared ?? own, counting, key, remaining, ttlInSeconds, isExceeded, false)
    } catch (error) {
      if (!(error instanceof CountersAway)) throw error
      if (failureMode === 'closed') return null
      const { key } = asked
      const { count, resetsInMs } = await own.hit(key, windowMs)
      return new PlainVerdict(own, counting, key, Math.max(0, max - count), Math.ceil(resetsInMs / 1000), count > max, true)
    }
  }
}

/** What the plugin sees of a request. */
class AskedByPlugin {
  readonly key: string
  /** The edge has no routes of Fastify. */
  readonly routeOptions = {}

  constructor (key: string) {
    this.key = key
  }
}

class PlainVerdict implements LimitVerdict {
  readonly exceeded: boolean
  readonly header: string
  readonly resetSeconds: number
  readonly isLocal: boolean
  readonly #counters: WindowCounters
  readonly #counting: { max: number, windowMs: number }
  readonly #key: string
  readonly #remaining: number

  constructor (counters: WindowCounters, counting: { max: number, windowMs: number }, key: string, remaining: number, resetSeconds: number, exceeded: boolean, isLocal: boolean) {
    this.#counters = counters
    this.#counting = counting
    this.#key = key
    this.#remaining = remaining
    this.exceeded = exceeded
    this.header = describeLeft(policyName, remaining, resetSeconds)
    this.resetSeconds = resetSeconds
    this.isLocal = isLocal
  }

  settle (cost: number): string {
    const { max, windowMs } = this.#counting
    const delta = cost - 1
    if (delta !== 0) this.#counters.correct([{ key: this.#key, windowMs, isSliding: false, delta }])
    return describeLeft(policyName, Math.min(max, Math.max(0, this.#remaining - delta)), this.resetSeconds)
  }
}

/** Whatever else there is: all of them in one step, all or none. */
function compileSeveral ({ own, shared }: LimitCounters, routeName: string, limits: readonly Limit[], config: LimitCountConfig): CompiledLimit['count'] {
  const { failureMode = 'open' } = config
  const costOf = compileCost(config)
  const places = limits.map(({ name, count, windowSeconds, isSliding, by }) => ({
    prefix: name === policyName ? routeName : `${routeName}/limits/${name}`, subject: compileSubject(by), windowMs: windowSeconds * 1000, isSliding, max: count
  }))
  const spendsOf = (request: EdgeRequest): Spend[] => {
    const cost = costOf === null ? 1 : costOf(request)
    return places.map(({ prefix, subject, windowMs, isSliding, max }) => ({ key: `${prefix}/${subject(request)}`, windowMs, isSliding, max, cost }))
  }
  return async request => {
    const spends = spendsOf(request)
    try {
      const counters = shared ?? own
      return new SeveralVerdict(counters, limits, spends, await counters.take(spends), false)
    } catch (error) {
      if (!(error instanceof CountersAway)) throw error
      return failureMode === 'closed' ? null : new SeveralVerdict(own, limits, spends, await own.take(spends), true)
    }
  }
}

class SeveralVerdict implements LimitVerdict {
  readonly exceeded: boolean
  readonly header: string
  readonly resetSeconds: number
  readonly isLocal: boolean
  readonly #counters: WindowCounters
  readonly #limits: readonly Limit[]
  readonly #spends: readonly Spend[]
  readonly #counts: Taken['counts']

  constructor (counters: WindowCounters, limits: readonly Limit[], spends: readonly Spend[], { isTaken, counts }: Taken, isLocal: boolean) {
    this.#counters = counters
    this.#limits = limits
    this.#spends = spends
    this.#counts = counts
    this.exceeded = !isTaken
    this.header = this.#describe(0)
    // Who comes again before the last of those that refuse has room is refused again.
    this.resetSeconds = Math.max(1, ...counts.map(({ count, resetsInMs }, i) => !isTaken && count + spends[i]!.cost > spends[i]!.max ? Math.ceil(resetsInMs / 1000) : 1))
    this.isLocal = isLocal
  }

  settle (cost: number): string {
    const delta = cost - this.#spends[0]!.cost
    if (delta !== 0) this.#counters.correct(this.#spends.map(({ key, windowMs, isSliding }) => ({ key, windowMs, isSliding, delta })))
    return this.#describe(delta)
  }

  #describe (delta: number): string {
    return this.#counts.map(({ count, resetsInMs }, i) => {
      const { max } = this.#spends[i]!
      return describeLeft(this.#limits[i]!.name, Math.min(max, Math.max(0, max - count - delta)), Math.ceil(resetsInMs / 1000))
    }).join(', ')
  }
}

function describeLeft (name: string, remaining: number, resetSeconds: number): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`
}

function storeOver (counters: WindowCounters): new () => FastifyRateLimitStore {
  return class CounterStore {
    incr (key: string, done: CountedCallback, windowMs: number): void {
      const counted = counters.hit(key, windowMs)
      if (counted instanceof Promise) void forward(counted, done)
      else done(null, { current: counted.count, ttl: counted.resetsInMs })
    }

    child (): this {
      return this
    }
  }
}

type CountedCallback = Parameters<FastifyRateLimitStore['incr']>[1]

async function forward (counted: Promise<WindowCount>, done: CountedCallback): Promise<void> {
  try {
    const { count, resetsInMs } = await counted
    done(null, { current: count, ttl: resetsInMs })
  } catch (error) {
    done(error as Error)
  }
}
