import { setTimeout as delay } from 'node:timers/promises'
import type { RedisConnection } from './redis-connection.ts'
import { describeRedisFault } from './redis-fault.ts'

/** One connection at a time, and the next one after it was lost. */
export interface RedisLink {
  /** `null`: there is none, and nobody waits for it. */
  readonly connection: RedisConnection | null
  /** Resolves when a connection is there, or could not be had at first. */
  ready: Promise<void>
  close: () => Promise<void>
}

export interface RedisLinkOptions {
  connect: () => Promise<RedisConnection>
  /** Called when it has been lost or could not be had, with another reason than before, and with `null` when there is one. */
  onState: (reason: string | null) => void
}

const firstBackoffMs = 100
const longestBackoffMs = 1_000
/** One that lived so long was not lost at once. */
const soundAfterMs = 10_000

/**
 * A circuit breaker: whatever goes wrong ends the connection, requests are told at once that there is none, and only this looks, ever more
 * slowly, whether there could be one again.
 */
export function keepRedisLink ({ connect, onState }: RedisLinkOptions): RedisLink {
  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<void>()
  const closing = new AbortController()
  let connection: RedisConnection | null = null
  let told: string | null | undefined

  const tell = (reason: string | null): void => {
    resolveReady()
    if (reason === told || closing.signal.aborted) return
    told = reason
    onState(reason)
  }
  /** Until it is lost. @returns for how long there was one */
  const use = async (): Promise<number> => {
    try {
      connection = await connect()
    } catch (error) {
      tell(describeRedisFault(error))
      return 0
    }
    const since = performance.now()
    if (closing.signal.aborted) connection.drop('closed')
    tell(null)
    const reason = await connection.lost
    connection = null
    tell(reason)
    return performance.now() - since
  }
  const keep = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      if (await use() > soundAfterMs) failures = 0
      const longest = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 10))
      // Many workers of many machines lose it at the same moment.
      await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(ignoreAbort)
    }
  }
  const kept = keep()
  return {
    get connection () { return connection },
    ready,
    close: async () => {
      closing.abort()
      connection?.drop('closed')
      await kept
    }
  }
}

function ignoreAbort (error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
