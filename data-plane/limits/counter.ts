import { LRUCache } from 'lru-cache'
import { systemClock, type Clock } from '#shared/clock.ts'

/** Counts hits in fixed windows; a window begins with its first hit. */
export interface WindowCounters {
  /** Counts one hit. One key has one window at a time; `windowMs` is the longest that it may last from now. */
  hit: (key: string, windowMs: number) => Promise<WindowCount> | WindowCount
}

export interface WindowCount {
  /** Hits in the window, this one included. */
  count: number
  /** Until the window ends; more than 0. */
  resetsInMs: number
}

export interface LocalWindowCounters extends WindowCounters {
  hit: (key: string, windowMs: number) => WindowCount
}

/** Counters that several machines share. */
export interface SharedCounters extends WindowCounters {
  /** @throws {CountersAway} */
  hit: (key: string, windowMs: number) => Promise<WindowCount>
  /** Nobody can be asked at the moment. */
  readonly isAway: boolean
}

/** The hit has not been counted together with those of the other machines, or nobody knows whether it has. */
export class CountersAway extends Error {
  override readonly name = 'CountersAway'
  constructor () {
    super('the counters that machines share do not answer')
  }
}

interface Window {
  count: number
  endsAt: number
}

/**
 * The counters of one process, in memory. At most `maxKeys` windows are kept; beyond that the one hit longest ago is forgotten, and
 * its key begins anew. That is the price of a bound: whoever can make up keys (addresses) must not be able to fill the memory.
 */
export function createWindowCounters (options: { clock?: Clock, maxKeys?: number } = {}): LocalWindowCounters {
  const { clock = systemClock, maxKeys = 200_000 } = options
  const windows = new LRUCache<string, Window>({ max: maxKeys })
  return {
    hit: (key, windowMs) => {
      const now = clock.now()
      const window = windows.get(key)
      const resetsInMs = window === undefined ? 0 : window.endsAt - now
      // Longer than it may last: the limit was given a shorter window, or the clock was set back.
      if (window === undefined || resetsInMs <= 0 || resetsInMs > windowMs) {
        windows.set(key, { count: 1, endsAt: now + windowMs })
        return { count: 1, resetsInMs: windowMs }
      }
      window.count++
      return { count: window.count, resetsInMs }
    }
  }
}
