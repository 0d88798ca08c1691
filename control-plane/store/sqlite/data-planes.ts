import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { DataPlane } from '../records.ts'
import type { Operations } from './operations.ts'
import { openTable } from './table.ts'

/** Data planes tell it all the time, and nobody follows it: it makes no revision. */
export function dataPlaneOperations (db: DatabaseSync): Pick<Operations, 'putDataPlanes' | 'listDataPlanes' | 'sweepDataPlanes'> {
  const table = openTable<DataPlane>(db, 'dataPlanes', ['id'], 'text')
  // Several control planes write, and what one of them heard earlier may come later.
  const put = db.prepare(`INSERT INTO dataPlanes (id, seenAt, document) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET seenAt = excluded.seenAt, document = excluded.document WHERE seenAt <= excluded.seenAt`)
  const sweep = db.prepare('DELETE FROM dataPlanes WHERE id IN (SELECT id FROM dataPlanes WHERE seenAt < ? LIMIT ?)')
  return {
    putDataPlanes: dataPlanes => inTransaction(db, () => {
      for (const dataPlane of dataPlanes) put.run(dataPlane.id, dataPlane.seenAt, JSON.stringify(dataPlane))
    }),
    listDataPlanes: page => table.page([], page),
    sweepDataPlanes: (seenBefore, limit) => Number(sweep.run(seenBefore, limit).changes)
  }
}

export function changeTimes (db: DatabaseSync): Pick<Operations, 'changedAfter'> {
  const first = db.prepare('SELECT at FROM changes WHERE revision > ? ORDER BY revision LIMIT 1')
  return { changedAfter: revision => (first.get(revision)?.at as string | undefined) ?? null }
}
