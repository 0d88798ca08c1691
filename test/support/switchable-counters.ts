import { CountersAway, createWindowCounters, type SharedCounters } from '../../data-plane/limits/counter.ts'

/** Counters of several machines, which go away when the test says so. */
export function createSwitchable (): SharedCounters & { isAway: boolean } {
  const { hit, take, correct } = createWindowCounters()
  const known = new Set<string>()
  const look = (): void => {
    if (counters.isAway) throw new CountersAway()
  }
  const counters: SharedCounters & { isAway: boolean } = {
    isAway: false,
    hit: async (key: string, windowMs: number) => {
      look()
      return hit(key, windowMs)
    },
    take: async spends => {
      look()
      return take(spends)
    },
    once: async key => {
      look()
      return !known.has(key) && known.add(key) === known
    },
    correct
  }
  return counters
}
