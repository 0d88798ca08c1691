import { kvFailed, type KvAnswer, type KvOperation, type KvResults } from '#shared/kv.ts'
import type { KvEntries, KvUsage, StoredEntry } from './entries.ts'

/** What one environment may keep. */
export interface KvStoreLimits {
  keys: number
  totalBytes: number
}

/** What one operation works with. */
export interface KvStep {
  entries: KvEntries
  usage: KvUsage
  limits: KvStoreLimits
  now: number
}

/** A value to be written under a key. */
interface Draft {
  key: string
  value: string
  expiresAt: number | null
}

export const noEnvironment = kvFailed('kv_unavailable', 'There is no such environment any more.')

/** Carries out one operation, whatever the entries are kept in. */
export function applyKvOperation (step: KvStep, operation: KvOperation): KvAnswer {
  const { entries, now } = step
  switch (operation.op) {
    case 'get': {
      const found = entries.read(operation.key, now)
      return done(found && { value: found.value, version: found.version, expiresAt: toTimestamp(found.expiresAt) })
    }
    case 'set': return set(step, operation)
    case 'delete': return done(remove(step, operation))
    case 'list': {
      const { keys, next } = entries.list(operation, now)
      return done({ keys: keys.map(({ key, expiresAt }) => ({ key, expiresAt: toTimestamp(expiresAt) })), next })
    }
    case 'increment': return increment(step, operation)
    case 'compareAndSet': {
      const found = entries.head(operation.key, now)
      return (found?.version ?? null) === operation.version ? set(step, operation) : done(null)
    }
  }
}

function set (step: KvStep, { key, value, ttlSeconds }: { key: string, value: string, ttlSeconds: number | null }): KvAnswer {
  return write(step, { key, value, expiresAt: expiry(step.now, ttlSeconds) })
}

/** @returns the answer to a `set` */
function write ({ entries, usage, limits, now }: KvStep, draft: Draft): KvAnswer {
  const bytes = Buffer.byteLength(draft.key) + Buffer.byteLength(draft.value)
  let before = entries.head(draft.key, null)
  const fits = (): boolean => {
    const growth = bytes - (before?.bytes ?? 0)
    return (before !== null || usage.keys < limits.keys) && (growth <= 0 || usage.bytes + growth <= limits.totalBytes)
  }
  if (!fits()) {
    // What has expired counts for nothing, but has been counted until now.
    usage.add(entries.removeExpired(now))
    before = entries.head(draft.key, null)
  }
  if (!fits()) return tooMuch(before === null && usage.keys >= limits.keys, limits)
  const version = usage.nextVersion()
  entries.put({ ...draft, version, bytes })
  usage.add({ keys: before === null ? 1 : 0, bytes: bytes - (before?.bytes ?? 0) })
  return done({ version, expiresAt: toTimestamp(draft.expiresAt) })
}

function remove ({ entries, usage, now }: KvStep, { key, version }: { key: string, version: number | null }): boolean {
  const found = entries.head(key, now)
  if (found === null || (version !== null && found.version !== version)) return false
  entries.remove(key)
  usage.add({ keys: -1, bytes: -found.bytes })
  return true
}

/** Who is there keeps its expiry. */
function increment (step: KvStep, { key, by, ttlSeconds }: { key: string, by: number, ttlSeconds: number | null }): KvAnswer {
  const found = step.entries.read(key, step.now)
  const before = found === null ? 0 : integerOf(found)
  if (before === null) return kvFailed('kv_type_mismatch', 'The value under this key is not an integer, and cannot be incremented.')
  const sum = before + by
  if (!Number.isSafeInteger(sum)) return kvFailed('kv_type_mismatch', 'The sum is not a safe integer, beyond 9007199254740991 on either side.')
  const answer = write(step, { key, value: String(sum), expiresAt: found === null ? expiry(step.now, ttlSeconds) : found.expiresAt })
  return answer.error === null ? done(sum) : answer
}

function integerOf ({ value }: StoredEntry): number | null {
  const number: unknown = value.length > 32 ? null : JSON.parse(value)
  return Number.isSafeInteger(number) ? number as number : null
}

function tooMuch (isKeys: boolean, { keys, totalBytes }: KvStoreLimits): KvAnswer {
  return kvFailed('kv_limit_exceeded', isKeys ? `The key-value store of an environment has at most ${keys} keys.` : `The key-value store of an environment has at most ${totalBytes} bytes.`)
}

function done (result: KvResults[keyof KvResults]): KvAnswer {
  return { result, error: null }
}

function expiry (now: number, ttlSeconds: number | null): number | null {
  return ttlSeconds === null ? null : now + Math.round(ttlSeconds * 1_000)
}

function toTimestamp (milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}

/** In the answer's JSON, about. */
export function costOf ({ result }: KvAnswer): number {
  if (typeof result !== 'object' || result === null) return smallCost
  if ('value' in result) return entryCost(result.value.length)
  return 'keys' in result ? result.keys.reduce((sum, { key }) => sum + keyCost(key.length), listCost) : listCost
}

const smallCost = 50
const listCost = 100
const keyCost = (units: number): number => units + 60
const entryCost = (units: number): number => units + 100

/** At most, before it is known. */
export function largestCost (operation: KvOperation, { keyBytes, valueBytes }: { keyBytes: number, valueBytes: number }): number {
  if (operation.op === 'get') return entryCost(valueBytes)
  return operation.op === 'list' ? listCost + operation.limit * keyCost(keyBytes) : listCost
}
