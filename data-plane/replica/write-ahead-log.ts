import type { DatabaseSync } from 'node:sqlite'

/** As many as SQLite itself lets a log have before it writes it back: 4 MB. */
export const enoughPages = 1_000

/** 64 MB. A log is written back long before that, by `keepWrittenBack`; where it is not, by the commit that makes it so long. */
export const longestLogPages = 16 * 1024

/**
 * What was committed and stands in the log alone, before or after as much of it was written into the file as nobody reads there. Neither waits for anyone
 * (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint). Not within a transaction.
 */
export function pagesLeft (db: DatabaseSync, mode: 'NOOP' | 'PASSIVE'): number {
  const { log, checkpointed } = db.prepare(`PRAGMA wal_checkpoint(${mode})`).get()!
  return Number(log) - Number(checkpointed)
}
