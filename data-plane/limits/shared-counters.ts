import type { Config } from '#shared/config.ts'
import type { RedisCounters, RedisCountersOptions } from './redis-counters.ts'

/** `null`: no other machine counts with this one. */
export async function openSharedCounters ({ config, onState }: {
  config: Pick<Config, 'redisUrl' | 'redisTimeoutMs'>
  onState: RedisCountersOptions['onState']
}): Promise<RedisCounters | null> {
  if (config.redisUrl === null) return null
  // The client of Redis is 30 MB and a third of a second, which workers without it do not pay for.
  const { createRedisCounters } = await import('./redis-counters.ts')
  return createRedisCounters({ url: config.redisUrl, timeoutMs: config.redisTimeoutMs, onState })
}
