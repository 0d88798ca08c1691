import fastifyRateLimit, { normalizeIP, type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LimitCountConfig } from '#shared/plugins/limit-count.ts'
import type { WindowCounters } from '../limits/counter.ts'

/** The limit of one environment. */
export interface CompiledLimit {
  readonly by: NonNullable<LimitCountConfig['by']>
  /** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policyHeader: string
  /** Counts the request. @throws where the counters do not answer */
  readonly count: (request: FastifyRequest) => Promise<LimitVerdict>
}

export interface LimitVerdict {
  readonly exceeded: boolean
  readonly remaining: number
  /** Whole seconds until the window ends, at least 1. */
  readonly resetSeconds: number
}

export type LimitCompiler = (routeName: string, config: LimitCountConfig) => CompiledLimit

const policyName = 'limit-count'

/** `RateLimit` (the same draft): what is left, and for how long. */
export function rateLimitHeader ({ remaining, resetSeconds }: LimitVerdict): string {
  return `"${policyName}";r=${remaining};t=${resetSeconds}`
}

/** Registers the plugin with this data plane's counters as its store; limits are compiled per environment, and none is global. */
export function registerLimitCount (app: FastifyInstance, counters: WindowCounters): LimitCompiler {
  app.register(fastifyRateLimit, { global: false, store: storeOver(counters) })
  return (routeName, config) => {
    const by = config.by ?? 'client'
    const limiter = app.createRateLimit({
      max: config.count,
      timeWindow: config.windowSeconds * 1000,
      keyGenerator: request => `${routeName}/${by}/${subject(by, request)}`
    })
    return {
      by,
      policyHeader: `"${policyName}";q=${config.count};w=${config.windowSeconds}`,
      count: async request => {
        const verdict = await limiter(request)
        // There is no allow list, so the plugin always counts.
        if (verdict.isAllowed) return { exceeded: false, remaining: config.count, resetSeconds: config.windowSeconds }
        return { exceeded: verdict.isExceeded, remaining: verdict.remaining, resetSeconds: verdict.ttlInSeconds }
      }
    }
  }
}

/** What has a counter of its own. */
function subject (by: CompiledLimit['by'], request: FastifyRequest): string {
  const { key, match } = request.exchange
  switch (by) {
    case 'environment': return ''
    // Paths that no route answers share one counter: probing is limited too, and spends no route's budget.
    case 'route': return match ? match.target.fn.functionName : ''
    case 'client': return key === null ? address(request) : key.clientId
    case 'address': return address(request)
  }
}

/** IPv6: the /64, which is what one subscriber is given; else everyone would have 2^64 counters. */
function address (request: FastifyRequest): string {
  const remote = request.raw.socket.remoteAddress ?? ''
  return remote.includes(':') ? normalizeIP(remote) : remote
}

function storeOver (counters: WindowCounters): new () => FastifyRateLimitStore {
  return class CounterStore {
    incr (key: string, done: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      const counted = counters.hit(key, windowMs)
      if (!(counted instanceof Promise)) return done(null, { current: counted.count, ttl: counted.resetsInMs })
      counted.then(({ count, resetsInMs }) => done(null, { current: count, ttl: resetsInMs }), done)
    }

    child (): this {
      return this
    }
  }
}
