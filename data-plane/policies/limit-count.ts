import fastifyRateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { holderOf } from '#shared/connections/addresses.ts'
import type { LimitCountConfig } from '#shared/plugins/limit-count.ts'
import { CountersAway, type SharedCounters, type WindowCount, type WindowCounters } from '../limits/counter.ts'

/** The limit of one environment. */
export interface CompiledLimit {
  readonly by: NonNullable<LimitCountConfig['by']>
  /** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policyHeader: string
  /** Counts the request. `null`: it cannot be counted, and must not pass for that reason. */
  readonly count: (request: FastifyRequest) => Promise<LimitVerdict | null>
}

export interface LimitVerdict {
  readonly exceeded: boolean
  /** `RateLimit` (the same draft): what is left, and for how long. */
  readonly header: string
  /** Whole seconds until the window ends, at least 1. */
  readonly resetSeconds: number
  /** Machines count together, and this request was counted on this one alone. */
  readonly isLocal: boolean
}

/** Where requests are counted: `shared` by all machines, if there is one, and else by this one. */
export interface LimitCounters {
  own: WindowCounters
  shared: SharedCounters | null
}

export type LimitCompiler = (routeName: string, config: LimitCountConfig) => CompiledLimit

const policyName = 'limit-count'

/** Registers the plugin with this data plane's counters as its store; limits are compiled per environment, and none is global. */
export function registerLimitCount (app: FastifyInstance, { own, shared }: LimitCounters): LimitCompiler {
  app.register(fastifyRateLimit, { global: false, store: storeOver(shared ?? own) })
  return (routeName, config) => {
    const { by = 'client', failureMode = 'open' } = config
    const windowMs = config.windowSeconds * 1000
    const keyOf = (request: FastifyRequest): string => `${routeName}/${by}/${encodeURIComponent(subject(by, request))}`
    const countOnce = app.createRateLimit({ max: config.count, timeWindow: windowMs, keyGenerator: keyOf })
    return {
      by,
      policyHeader: `"${policyName}";q=${config.count};w=${config.windowSeconds}`,
      count: async request => {
        try {
          const counted = await countOnce(request)
          // Of the plugin's allow list, which is not used.
          if (counted.isAllowed) return null
          const { isExceeded, remaining, ttlInSeconds } = counted
          return { exceeded: isExceeded, header: describeLeft(remaining, ttlInSeconds), resetSeconds: ttlInSeconds, isLocal: false }
        } catch (error) {
          if (!(error instanceof CountersAway)) throw error
          if (failureMode === 'closed') return null
          return judgeAlone(await own.hit(keyOf(request), windowMs), config)
        }
      }
    }
  }
}

function judgeAlone ({ count, resetsInMs }: WindowCount, config: LimitCountConfig): LimitVerdict {
  const resetSeconds = Math.ceil(resetsInMs / 1000)
  return { exceeded: count > config.count, header: describeLeft(Math.max(0, config.count - count), resetSeconds), resetSeconds, isLocal: true }
}

function describeLeft (remaining: number, resetSeconds: number): string {
  return `"${policyName}";r=${remaining};t=${resetSeconds}`
}

/** What has a counter of its own. */
function subject (by: CompiledLimit['by'], request: FastifyRequest): string {
  const { caller, match, address } = request.exchange
  switch (by) {
    case 'environment': return ''
    // Paths that no route answers share one counter: probing is limited too, and spends no route's budget.
    case 'route': return match ? match.target.functionName : ''
    case 'client': return caller === null ? holderOf(address) : caller.clientId
    case 'address': return holderOf(address)
  }
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
