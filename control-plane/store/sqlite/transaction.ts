import type { DatabaseSync } from 'node:sqlite'
import { timestamp, type Clock } from '#shared/clock.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { Touched } from '../changes.ts'

export interface Transaction {
  /** The one that this transaction makes. */
  revision: number
  /** When it began: dates what the transaction changes beside the document it was given. */
  at: string
  /** Notes what readers of the feed have to look at again. */
  touch: (thing: Touched) => void
}

/** All that `change` writes, the entry in `changes` and the next revision, or nothing. */
export type Write = <Result>(change: (transaction: Transaction) => Result) => Result

export interface Writer {
  write: Write
  /** Every `write` within `work` is part of one transaction. */
  together: (work: () => void) => number
}

export interface WriterOptions {
  clock: Clock
  /** How many entries `changes` keeps at least. */
  changesRetained: number
  onCommit: () => void
}

export function createWriter (db: DatabaseSync, { clock, changesRetained, onCommit }: WriterOptions): Writer {
  const head = headRevision(db)
  const insert = db.prepare('INSERT INTO changes (revision, at, touched) VALUES (?, ?, ?)')
  const trim = db.prepare('DELETE FROM changes WHERE revision <= ?')
  // A hundredth at a time, so that the usual write leaves the old end of the table alone.
  const trimEvery = Math.max(1, Math.floor(changesRetained / 100))
  let joined: Transaction | null = null

  const write: Write = change => {
    if (joined !== null) return change(joined)
    const result = inTransaction(db, () => {
      const touched: Touched[] = []
      const revision = head() + 1
      const at = timestamp(clock)
      const result = change({ revision, at, touch: thing => touched.push(thing) })
      insert.run(revision, at, JSON.stringify(touched))
      if (revision % trimEvery === 0) trim.run(revision - changesRetained)
      return result
    })
    onCommit()
    return result
  }
  const together: Writer['together'] = work => write(transaction => {
    joined = transaction
    try {
      work()
    } finally {
      joined = null
    }
    return transaction.revision
  })
  return { write, together }
}

/** The newest entry of `changes` is never trimmed, so it is the counter. */
export function headRevision (db: DatabaseSync): () => number {
  const statement = db.prepare('SELECT max(revision) AS revision FROM changes')
  return () => (statement.get()!.revision as number | null) ?? 0
}
