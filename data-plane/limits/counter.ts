import { LRUCache } from 'lru-cache'
import { systemClock, type Clock } from '#shared/clock.ts'
import { addSlots, readSlots, slotOf, waitForRoom } from './slots.ts'

/** Counts hits in windows: fixed ones begin with their first hit, sliding ones end now. */
export interface WindowCounters {
  /** Counts one hit in a fixed window. One key has one window at a time; `windowMs` is the longest that it may last from now. */
  hit: (key: string, windowMs: number) => Promise<WindowCount> | WindowCount
  /** Spends all of it where there is room for all of it, and none of it where there is not. */
  take: (spends: readonly Spend[]) => Promise<Taken> | Taken
  /** Corrects what has been taken, upwards or downwards; never below 0. Nobody waits for it. */
  correct: (corrections: readonly Correction[]) => void
}

export interface WindowCount {
  /** Hits in the window, this one included. */
  count: number
  /** Until the window ends; more than 0. */
  resetsInMs: number
}

/** A counter, and where it counts. A fixed and a sliding one of the same key are two. */
export interface CounterRef {
  key: string
  windowMs: number
  isSliding: boolean
}

/** What a request is to cost of one counter. */
export interface Spend extends CounterRef {
  /** That the counter may hold. */
  max: number
  cost: number
}

export interface Correction extends CounterRef {
  /** Added; what would be less than nothing is nothing. */
  delta: number
}

export interface Taken {
  isTaken: boolean
  /** One for each spend, in the same order. */
  counts: TakenCount[]
}

export interface TakenCount {
  /** What is used now: with what was taken, or without what was not. */
  count: number
  /** Until all of a fixed window is free again. Of a sliding one: until there is room for what was not taken, else until some of it is free. */
  resetsInMs: number
}

export interface LocalWindowCounters extends WindowCounters {
  hit: (key: string, windowMs: number) => WindowCount
  take: (spends: readonly Spend[]) => Taken
}

/** Counters that several machines share. */
export interface SharedCounters extends WindowCounters {
  /** @throws {CountersAway} */
  hit: (key: string, windowMs: number) => Promise<WindowCount>
  /** @throws {CountersAway} */
  take: (spends: readonly Spend[]) => Promise<Taken>
  /** Whether it is the first time within `keptMs`. @throws {CountersAway} */
  once: (key: string, keptMs: number) => Promise<boolean>
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
 * The counters of one process, in memory. At most `maxKeys` windows of either kind are kept; beyond that the one hit longest ago is
 * forgotten, and its key begins anew. That is the price of a bound: whoever can make up keys (addresses) must not be able to fill the memory.
 */
export function createWindowCounters (options: { clock?: Clock, maxKeys?: number } = {}): LocalWindowCounters {
  const { clock = systemClock, maxKeys = 200_000 } = options
  const fixed = new LRUCache<string, Window>({ max: maxKeys })
  const sliding = new LRUCache<string, number[]>({ max: maxKeys })

  /** `undefined`: none, or one that would last longer than it may: the limit was given a shorter window, or the clock was set back. */
  const current = (key: string, windowMs: number, now: number): Window | undefined => {
    const window = fixed.get(key)
    if (window === undefined) return undefined
    const resetsInMs = window.endsAt - now
    return resetsInMs <= 0 || resetsInMs > windowMs ? undefined : window
  }
  const look = (spend: Spend, now: number): Look => {
    const { key, windowMs, isSliding, max, cost } = spend
    if (!isSliding) {
      const window = current(key, windowMs, now)
      const count = window?.count ?? 0
      return { spend, count, hasRoom: count + cost <= max, slots: null, window }
    }
    const { slots, count } = readSlots(sliding.get(slidingKey(spend)) ?? [], slotOf(now, windowMs))
    return { spend, count, hasRoom: count + cost <= max, slots, window: undefined }
  }
  const add = ({ spend, slots, window }: Look, now: number): void => {
    const { key, windowMs, cost } = spend
    if (slots !== null) {
      addSlots(slots, slotOf(now, windowMs), cost)
      sliding.set(slidingKey(spend), slots)
    } else if (window === undefined) fixed.set(key, { count: cost, endsAt: now + windowMs })
    else window.count += cost
  }
  const describe = ({ spend, count, hasRoom, slots, window }: Look, isTaken: boolean, now: number): TakenCount => {
    const used = isTaken ? count + spend.cost : count
    if (slots === null) return { count: used, resetsInMs: window === undefined ? spend.windowMs : window.endsAt - now }
    return { count: used, resetsInMs: waitForRoom(slots, hasRoom ? 1 : count + spend.cost - spend.max, spend.windowMs, now) }
  }

  return {
    hit: (key, windowMs) => {
      const now = clock.now()
      const window = current(key, windowMs, now)
      if (window === undefined) {
        fixed.set(key, { count: 1, endsAt: now + windowMs })
        return { count: 1, resetsInMs: windowMs }
      }
      window.count++
      return { count: window.count, resetsInMs: window.endsAt - now }
    },
    take: spends => {
      const now = clock.now()
      const looks = spends.map(spend => look(spend, now))
      const isTaken = looks.every(({ hasRoom }) => hasRoom)
      if (isTaken) for (const seen of looks) add(seen, now)
      return { isTaken, counts: looks.map(seen => describe(seen, isTaken, now)) }
    },
    correct: corrections => {
      const now = clock.now()
      for (const correction of corrections) {
        const { key, windowMs, isSliding, delta } = correction
        if (isSliding) {
          const { slots } = readSlots(sliding.get(slidingKey(correction)) ?? [], slotOf(now, windowMs))
          addSlots(slots, slotOf(now, windowMs), delta)
          sliding.set(slidingKey(correction), slots)
          continue
        }
        // A window that is over has been paid for.
        const window = current(key, windowMs, now)
        if (window !== undefined) window.count = Math.max(0, window.count + delta)
      }
    }
  }
}

interface Look {
  spend: Spend
  count: number
  hasRoom: boolean
  slots: number[] | null
  window: Window | undefined
}

/** Slots of windows of different lengths cannot be compared. */
export function slidingKey ({ key, windowMs }: CounterRef): string {
  return `${key}~${windowMs}`
}
