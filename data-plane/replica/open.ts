import { closeSync, existsSync, fchmodSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { Logger } from '#shared/log.ts'
import { verifyMeta, verifyReplica } from './checksum.ts'
import { removeReplica, restorePrevious, setAside } from './generations.ts'
import { applicationId, besideReplica, schema, schemaVersion } from './schema.ts'
import { isPassing } from './sqlite-errors.ts'
import { longestLogPages } from './write-ahead-log.ts'

/** Up to here everything is read before anything is served. A larger one is served at once, each row as it is read, and looked through meanwhile. */
export const verifiedAtOpenBytes = 8 * 1024 * 1024

/**
 * At most; of the one process that writes. Keys come in an order that has nothing to do with their place: with SQLite's own 2 MB, the pages of a
 * million of them are written and read again and again.
 */
const writerCacheKibibytes = 64 * 1024

/**
 * Opens the replica for writing and hands it to `prepare`. Where it cannot be used (damaged, another version, not ours at all) the
 * generation before it takes its place, and an empty one where that cannot be used either: the replica is a copy, and what it lacks is
 * fetched. What could not be used is kept as `replica.unusable.sqlite`, where the one before it is replaced.
 */
export function openReplica<Prepared> (file: string, logger: Logger, prepare: (db: DatabaseSync) => Prepared): Prepared {
  // Half-written, or it would not have this name any more.
  for (const name of ['next', 'copy'] as const) removeReplica(besideReplica(file, name))
  return openIfUsable(file, logger, prepare) ?? openPrevious(file, logger, prepare) ?? openChecked(file, prepare)
}

/** `null`: there is none, or it cannot be used and has been set aside. */
function openIfUsable<Prepared> (file: string, logger: Logger, prepare: (db: DatabaseSync) => Prepared): Prepared | null {
  if (!existsSync(file)) return null
  try {
    return openChecked(file, prepare)
  } catch (error) {
    if (isPassing(error)) throw error
    const kept = setAside(file)
    logger.error({ err: error, file, kept }, 'the replica cannot be used')
    return null
  }
}

function openPrevious<Prepared> (file: string, logger: Logger, prepare: (db: DatabaseSync) => Prepared): Prepared | null {
  const found = restorePrevious(file)
  const opened = found ? openIfUsable(file, logger, prepare) : null
  if (opened === null) logger.info({ file }, 'starting with an empty replica, and fetching everything')
  else logger.warn({ file }, 'serving the previous generation of the replica, and catching up from there')
  return opened
}

/** One to be filled beside the one that is served. Nothing reads it before it is whole, so nothing has to survive before that. */
export function openNext (file: string): DatabaseSync {
  const next = besideReplica(file, 'next')
  removeReplica(next)
  makeFile(next)
  const db = new DatabaseSync(next)
  try {
    db.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -${writerCacheKibibytes}; BEGIN; ${schema} COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function openChecked<Prepared> (file: string, prepare: (db: DatabaseSync) => Prepared): Prepared {
  makeFile(file)
  const db = new DatabaseSync(file, { timeout: 5_000 })
  try {
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
    if (!isNew) check(db, file)
    // NORMAL: a power cut may take the last commits, never the file's integrity, and the feed brings them again.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = ${longestLogPages}; PRAGMA cache_size = -${writerCacheKibibytes}`)
    if (isNew) db.exec(`BEGIN; ${schema} COMMIT`)
    return prepare(db)
  } catch (error) {
    db.close()
    throw error
  }
}

/** SQLite gives its own files (-wal, -shm) the mode of this one. */
function makeFile (file: string): void {
  const fd = openSync(file, 'a', 0o600)
  fchmodSync(fd, 0o600)
  closeSync(fd)
}

function check (db: DatabaseSync, file: string): void {
  const id = pragma(db, 'application_id')
  if (id !== applicationId) throw new Error(`not a replica: its application id is ${String(id)}`)
  const version = pragma(db, 'user_version')
  if (version !== schemaVersion) throw new Error(`a replica of version ${String(version)}, where ${schemaVersion} is written`)
  if (statSync(file).size <= verifiedAtOpenBytes) verifyReplica(db)
  else verifyMeta(db)
}

function pragma (db: DatabaseSync, name: 'application_id' | 'user_version'): SQLOutputValue | undefined {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}
