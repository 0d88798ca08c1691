import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { countsRetainedMs, countStepOf } from '../store.ts'
import type { Operations } from './operations.ts'

type ReleaseCountOperations = Pick<Operations, 'addReleaseCounts' | 'sumReleaseCounts'>

/** One row for each release and step of time: data planes report every second, and nobody asks more finely. */
export function releaseCountOperations (db: DatabaseSync): ReleaseCountOperations {
  const add = db.prepare(`
    INSERT INTO releaseCounts (gatewayId, environment, release, step, requests, failures)
    SELECT gatewayId, name, ?, ?, ?, ? FROM environments WHERE gatewayId = ? AND name = ?
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures`)
  const forget = db.prepare('DELETE FROM releaseCounts WHERE step < ?')
  const sum = db.prepare(`
    SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(failures), 0) AS failures FROM releaseCounts
    WHERE gatewayId = ? AND environment = ? AND release = ? AND step >= ?`)
  return {
    addReleaseCounts: (counts, at) => inTransaction(db, () => {
      for (const { gatewayId, environment, release, requests, failures } of counts) {
        add.run(release, countStepOf(at), requests, failures, gatewayId, environment)
      }
      forget.run(countStepOf(at - countsRetainedMs))
    }),

    sumReleaseCounts: ({ gatewayId, environment }, release, since) =>
      ({ ...sum.get(gatewayId, environment, release, countStepOf(since)) }) as { requests: number, failures: number }
  }
}
