import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import { guarded } from './errors.ts'
import { checkSchema } from './schema.ts'

/** How long a write waits for one of another process. The event loop stands still meanwhile, so it is short. */
const busyTimeoutMs = 1_000
/** What a write-ahead log that a long read has made grow is cut back to. */
const journalMaxBytes = 64 * 1024 * 1024

/**
 * The connection that writes. Commits are on the disk when they return (`synchronous=FULL`).
 * @throws {StoreError} `unavailable`
 */
export function openWriter (file: string): DatabaseSync {
  prepareFile(file)
  const db = guarded(() => new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true, defensive: true }))
  try {
    guarded(() => {
      // Before anything is written: a file that is not ours stays as it was.
      checkSchema(db, file)
      const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
      if (mode !== 'wal') throw new StoreError('unavailable', `${file} stands on a file system without shared memory for the write-ahead log`)
      db.exec('PRAGMA synchronous = FULL')
      db.exec(`PRAGMA journal_size_limit = ${journalMaxBytes}`)
    })
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/** A connection whose transactions see one state of the store while the writer goes on. */
export function openReader (file: string): DatabaseSync {
  return guarded(() => new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs, defensive: true }))
}

/** The file holds hashes of keys and variables: it is its owner's alone. SQLite gives its companions (-wal, -shm) the same mode. */
export function prepareFile (file: string): void {
  try {
    const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      if ((fstatSync(descriptor).mode & 0o077) !== 0) fchmodSync(descriptor, 0o600)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError('unavailable', `The store's file cannot be opened: ${reason}`, { cause: error })
  }
}
