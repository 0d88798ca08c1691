import fastifyRateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LimitCountConfig } from '#shared/plugins/limit-count.ts'
import { peerAddress } from '../edge/address.ts'
import type { WindowCount, WindowCounters } from '../limits/counter.ts'

/** The limit of one environment. */
export interface CompiledLimit {
  readonly by: NonNullable<LimitCountConfig['by']>
  /** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policyHeader: string
  /** Counts the request. @throws where the counters do not answer */
  readonly count: (request: FastifyRequest) => ReturnType<ReturnType<FastifyInstance['createRateLimit']>>
}

export interface LimitVerdict {
  readonly exceeded: boolean
  /** `RateLimit` (the same draft): what is left, and for how long. */
  readonly header: string
  /** Whole seconds until the window ends, at least 1. */
  readonly resetSeconds: number
}

export type LimitCompiler = (routeName: string, config: LimitCountConfig) => CompiledLimit

const policyName = 'limit-count'

export function readVerdict (counted: Awaited<ReturnType<CompiledLimit['count']>>): LimitVerdict | null {
  // The plugin's allow list, which is not used.
  if (counted.isAllowed) return null
  const { isExceeded, remaining, ttlInSeconds } = counted
  return { exceeded: isExceeded, header: `"${policyName}";r=${remaining};t=${ttlInSeconds}`, resetSeconds: ttlInSeconds }
}

/** Registers the plugin with this data plane's counters as its store; limits are compiled per environment, and none is global. */
export function registerLimitCount (app: FastifyInstance, counters: WindowCounters): LimitCompiler {
  app.register(fastifyRateLimit, { global: false, store: storeOver(counters) })
  return (routeName, config) => {
    const by = config.by ?? 'client'
    return {
      by,
      policyHeader: `"${policyName}";q=${config.count};w=${config.windowSeconds}`,
      count: app.createRateLimit({
        max: config.count,
        timeWindow: config.windowSeconds * 1000,
        keyGenerator: request => `${routeName}/${by}/${subject(by, request)}`
      })
    }
  }
}

/** What has a counter of its own. */
function subject (by: CompiledLimit['by'], request: FastifyRequest): string {
  const { key, match } = request.exchange
  switch (by) {
    case 'environment': return ''
    // Paths that no route answers share one counter: probing is limited too, and spends no route's budget.
    case 'route': return match ? match.target.functionName : ''
    case 'client': return key === null ? peerAddress(request) : key.clientId
    case 'address': return peerAddress(request)
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
