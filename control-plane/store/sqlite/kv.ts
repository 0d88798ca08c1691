import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#shared/clock.ts'
import { kvFailed, maxKvAnswerBytes, type KvAnswer, type KvOperation, type KvResults } from '#shared/kv.ts'
import { openKvEntries, type KvEntries, type StoredEntry } from './kv-entries.ts'
import { openKvUsage, type KvUsage } from './kv-usage.ts'
import type { Operations } from './operations.ts'
import { inTransaction } from './transaction.ts'

/** What one environment may keep. */
export interface KvStoreLimits {
  keys: number
  totalBytes: number
}

/** What one operation works with. */
interface Step {
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

/** Requests of a batch share one transaction, and so one wait for the disk; the clock stands still for them. */
export function kvOperations (db: DatabaseSync, { clock, limits }: { clock: Clock, limits: KvStoreLimits }): Pick<Operations, 'applyKv' | 'sweepKv'> {
  const openEntries = openKvEntries(db)
  const usages = openKvUsage(db)
  return {
    applyKv: requests => inTransaction(db, () => {
      const now = clock.now()
      const answers: KvAnswer[] = []
      const books = usages.open()
      let answerBytes = 0
      for (const { operation, ...ref } of requests) {
        if (answerBytes > maxKvAnswerBytes) break
        const usage = books.of(ref)
        const answer = usage === null ? noEnvironment : apply({ entries: openEntries(ref), usage, limits, now }, operation)
        answerBytes += costOf(answer)
        answers.push(answer)
      }
      books.close()
      return answers
    }),

    sweepKv: limit => inTransaction(db, () => usages.sweep(clock.now(), limit))
  }
}

const noEnvironment = kvFailed('kv_unavailable', 'There is no such environment any more.')

function apply (step: Step, operation: KvOperation): KvAnswer {
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

function set (step: Step, { key, value, ttlSeconds }: { key: string, value: string, ttlSeconds: number | null }): KvAnswer {
  return write(step, { key, value, expiresAt: expiry(step.now, ttlSeconds) })
}

/** @returns the answer to a `set` */
function write ({ entries, usage, limits, now }: Step, draft: Draft): KvAnswer {
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

function remove ({ entries, usage, now }: Step, { key, version }: { key: string, version: number | null }): boolean {
  const found = entries.head(key, now)
  if (found === null || (version !== null && found.version !== version)) return false
  entries.remove(key)
  usage.add({ keys: -1, bytes: -found.bytes })
  return true
}

/** Who is there keeps its expiry. */
function increment (step: Step, { key, by, ttlSeconds }: { key: string, by: number, ttlSeconds: number | null }): KvAnswer {
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
function costOf ({ result }: KvAnswer): number {
  if (typeof result !== 'object' || result === null) return 50
  if ('value' in result) return result.value.length + 100
  return 'keys' in result ? result.keys.reduce((sum, { key }) => sum + key.length + 60, 100) : 100
}
