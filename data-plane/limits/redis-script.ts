import { hash } from 'node:crypto'
import type { WindowCount } from './counter.ts'

/** Hits of one key that are counted at once. */
export interface HitGroup {
  key: string
  windowMs: number
  hits: number
}

/**
 * Counts each group in its window, as `createWindowCounters` does: a window begins with its first hit, and one that would last longer than it
 * may begins anew. The time is Redis's own, so machines whose clocks differ count together; within a script it stands still.
 * Every key gets an expiry in the command that makes it.
 */
const script = `
local counts = {}
for i, key in ipairs(KEYS) do
  local windowMs, hits = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local count = redis.call('INCRBY', key, hits)
  local resetsInMs = redis.call('PTTL', key)
  if resetsInMs < 0 or resetsInMs > windowMs then
    redis.call('SET', key, hits, 'PX', windowMs)
    count, resetsInMs = hits, windowMs
  end
  counts[2 * i - 1], counts[2 * i] = count, resetsInMs
end
return counts
`.trim()

const scriptHash = hash('sha1', script)

/** What else is in the same database is not ours. */
export const keyPrefix = 'imprun:limit:'

/** One command for all groups. @param how `hash`: for a server that knows the script */
export function countCommand (groups: readonly HitGroup[], how: 'hash' | 'script'): string[] {
  return [
    ...(how === 'hash' ? ['EVALSHA', scriptHash] : ['EVAL', script]),
    String(groups.length),
    ...groups.map(({ key }) => keyPrefix + key),
    ...groups.flatMap(({ windowMs, hits }) => [String(windowMs), String(hits)])
  ]
}

/** For each group its count with all of its hits. @throws {NotRedis} */
export function readCounts (reply: unknown, groups: readonly HitGroup[]): WindowCount[] {
  if (!Array.isArray(reply) || reply.length !== 2 * groups.length || !reply.every(Number.isSafeInteger)) throw new NotRedis()
  const numbers = reply as number[]
  // Less than a millisecond is left: PTTL says 0.
  return groups.map((_, i) => ({ count: numbers[2 * i]!, resetsInMs: Math.max(1, numbers[2 * i + 1]!) }))
}

export class NotRedis extends Error {
  override readonly name = 'NotRedis'
  constructor () {
    super('it answers as no Redis does')
  }
}
