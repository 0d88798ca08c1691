import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { LoggedEnvironments } from './environments.ts'

/** Lines forgotten in one transaction, so that none of them takes long. */
const step = 1_000

/** Forgets some lines. true: there are more to be forgotten. */
export interface Trim {
  old: (before: number) => boolean
  surplus: (maxBytes: number) => boolean
}

export function prepareTrim (db: DatabaseSync, environments: LoggedEnvironments): Trim {
  const oldest = db.prepare('SELECT id, environment, time, bytes FROM lines ORDER BY id LIMIT ?')
  const oldestOf = db.prepare('SELECT number, bytes FROM lines INDEXED BY linesByNumber WHERE environment = ? ORDER BY number LIMIT ?')
  const forget = db.prepare('DELETE FROM lines WHERE id <= ?')
  const forgetOf = db.prepare('DELETE FROM lines WHERE environment = ? AND number <= ?')

  return {
    // A line never arrives before its time, so the first ones to have come are old before the others.
    old: before => inTransaction(db, () => {
      const rows = oldest.all(step) as unknown as Array<{ id: number, environment: number, time: number, bytes: number }>
      const end = rows.findIndex(({ time }) => time >= before)
      const old = end === -1 ? rows : rows.slice(0, end)
      if (old.length === 0) return false
      forget.run(old.at(-1)!.id)
      const touched = new Set(old.map(({ environment, bytes }) => {
        const found = environments.byId(environment)!
        found.bytes -= bytes
        return found
      }))
      for (const environment of touched) environments.save(environment)
      return old.length === step
    }),
    surplus: maxBytes => inTransaction(db, () => {
      const surplus = environments.bytes - maxBytes
      const environment = surplus > 0 ? environments.largest() : null
      if (environment === null) return false
      const rows = oldestOf.all(environment.id, step) as unknown as Array<{ number: number, bytes: number }>
      let freed = 0
      let number = 0
      for (const row of rows) {
        if (freed >= surplus) break
        freed += row.bytes
        number = row.number
      }
      forgetOf.run(environment.id, number)
      environment.bytes = number === environment.last ? 0 : environment.bytes - freed
      environments.save(environment)
      return freed < surplus
    })
  }
}
