import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#shared/log.ts'
import { FeedRefused, ReplicaDamaged } from '../replica/errors.ts'
import { isPassing } from '../replica/sqlite-errors.ts'
import { FeedDenied } from './connection.ts'
import { FeedMalformed } from './lines.ts'

/** What has gone wrong since the feed last worked, and how long to wait for that. */
export interface Retry {
  /** Nothing short of everything helps. */
  readonly needsSnapshot: boolean
  /** Says what went wrong, and resolves when the time has come to try again, or at once with the signal. */
  after: (error: unknown, signal: AbortSignal) => Promise<void>
  /** The feed works: what was wrong before is over. */
  reset: () => void
}

export function createRetry ({ logger, firstBackoffMs, longestBackoffMs }: { logger: Logger, firstBackoffMs: number, longestBackoffMs: number }): Retry {
  let needsSnapshot = false
  let failures = 0
  let lastReason: string | null = null

  const backoffMs = (error: unknown): number => {
    if (error instanceof FeedDenied && error.unauthorized) return longestBackoffMs * (1 + Math.random()) / 2
    // Full jitter: data planes that lost the same control plane come back spread out.
    return Math.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 20))
  }
  return {
    get needsSnapshot () { return needsSnapshot },
    after: async (error, signal) => {
      if (error instanceof FeedRefused && error.needsSnapshot) needsSnapshot = true
      const reason = error instanceof Error ? error.message : String(error)
      // The same again every few seconds for hours helps nobody.
      logger[reason === lastReason ? 'debug' : 'warn']({ err: error }, explain(error))
      lastReason = reason
      const waitMs = backoffMs(error)
      failures++
      await pause(waitMs, signal)
    },
    reset: () => {
      if (failures > 0) logger.info('following the change feed again')
      needsSnapshot = false
      failures = 0
      lastReason = null
    }
  }
}

function explain (error: unknown): string {
  if (error instanceof FeedDenied && error.unauthorized) {
    return 'the control plane refuses the data-plane token; serving what is known, and trying again slowly'
  }
  if (error instanceof ReplicaDamaged) return 'the replica turned out to be damaged'
  if (isPassing(error)) return 'the replica cannot be written; serving what it holds, and trying again'
  if (error instanceof FeedMalformed || error instanceof FeedRefused) return 'the change feed was not usable; serving what is known, and connecting again'
  return 'the change feed cannot be reached; serving what is known, and connecting again'
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
