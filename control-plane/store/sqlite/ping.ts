import { statSync, type Stats } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { StoreError } from '../store.ts'

/** Writing must be possible, and to the file that has the name: one that was moved or deleted underneath would be lost at the next start. */
export function createPing (db: DatabaseSync, file: string): () => void {
  const opened = look(file)
  return () => {
    const found = look(file)
    if (found?.ino !== opened?.ino || found?.dev !== opened?.dev) {
      throw new StoreError('unavailable', `${file} is not the file that was opened any more`)
    }
    inTransaction(db, () => undefined)
  }
}

function look (file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    throw new StoreError('unavailable', `${file} cannot be looked at`, { cause })
  }
}
