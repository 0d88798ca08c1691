import type { DatabaseSync } from 'node:sqlite'

/** The write lock is taken at the beginning: what the transaction reads is what it changes. All of it, or none. */
export function inTransaction<Result> (db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite may have rolled back by itself, after a full disk for one.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
