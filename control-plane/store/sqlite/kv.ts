import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#shared/clock.ts'
import { maxKvAnswerBytes, type KvAnswer } from '#shared/kv.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { applyKvOperation, costOf, noEnvironment, type KvStoreLimits } from '../kv/rules.ts'
import { openKvEntries } from './kv-entries.ts'
import { openKvUsage } from './kv-usage.ts'
import type { Operations } from './operations.ts'

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
        const answer = usage === null ? noEnvironment : applyKvOperation({ entries: openEntries(ref), usage, limits, now }, operation)
        answerBytes += costOf(answer)
        answers.push(answer)
      }
      books.close()
      return answers
    }),

    sweepKv: limit => inTransaction(db, () => usages.sweep(clock.now(), limit))
  }
}
