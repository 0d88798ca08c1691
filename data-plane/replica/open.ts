import { accessSync, closeSync, constants, fchmodSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { Logger } from '#shared/log.ts'
import { applicationId, schema, schemaVersion } from './schema.ts'

/** Another process writes this replica. */
export class ReplicaInUse extends Error {
  override readonly name = 'ReplicaInUse'
}

/**
 * Opens the replica for writing, or makes an empty one. What cannot be used (damaged, another version, not ours at all) is set aside
 * as `<file>.unusable`, where the one before it is replaced: the replica is a copy, and fetching it anew beats not starting.
 */
export function openReplica (file: string, logger: Logger): DatabaseSync {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  try {
    return openChecked(file)
  } catch (error) {
    if (isPassing(error)) throw error
    const kept = `${file}.unusable`
    logger.error({ err: error, file, kept }, 'the replica cannot be used; starting with an empty one and fetching everything anew')
    setAside(file, kept)
    return openChecked(file)
  }
}

/**
 * Two supervisors on one replica would each miss what the other one commits. The lock is the operating system's, so it goes with the
 * process that holds it, however that ends.
 * @throws {ReplicaInUse}
 */
export function lockReplica (file: string): DatabaseSync {
  const folder = path.dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  try {
    return lock(`${file}.lock`)
  } catch (error) {
    if (primaryCode(error) === sqliteBusy) throw new ReplicaInUse(`another data plane is running on ${folder}`, { cause: error })
    if (isPassing(error)) throw error
    // Something else than a database: nobody can hold it.
    rmSync(`${file}.lock`, { recursive: true })
    return lock(`${file}.lock`)
  }
}

function lock (file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function openChecked (file: string): DatabaseSync {
  // SQLite gives its own files (-wal, -shm) the mode of this one.
  const fd = openSync(file, 'a', 0o600)
  fchmodSync(fd, 0o600)
  closeSync(fd)
  const db = new DatabaseSync(file, { timeout: 5_000 })
  try {
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
    if (!isNew) check(db)
    // NORMAL: a power cut may take the last commits, never the file's integrity, and the feed brings them again.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864')
    if (isNew) db.exec(`BEGIN; ${schema} COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function check (db: DatabaseSync): void {
  const id = pragma(db, 'application_id')
  if (id !== applicationId) throw new Error(`not a replica: its application id is ${String(id)}`)
  const version = pragma(db, 'user_version')
  if (version !== schemaVersion) throw new Error(`a replica of version ${String(version)}, where ${schemaVersion} is written`)
  const damage = pragma(db, 'quick_check')
  if (damage !== 'ok') throw new Error(`damaged: ${String(damage)}`)
}

function pragma (db: DatabaseSync, name: 'application_id' | 'user_version' | 'quick_check'): SQLOutputValue | undefined {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

function setAside (file: string, kept: string): void {
  for (const ending of ['', '-wal', '-shm']) {
    rmSync(kept + ending, { recursive: true, force: true })
    try {
      renameSync(file + ending, kept + ending)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

// https://www.sqlite.org/rescode.html
const sqliteBusy = 5
const passing = new Set([sqliteBusy, 6 /* locked */, 8 /* read-only */, 13 /* full */])

/** Says nothing about the file's contents: setting it aside would not help, or would lose a good one. */
function isPassing (error: unknown): boolean {
  return passing.has(primaryCode(error)) || ['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EMFILE'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** SQLite's primary result code, 0 for other errors. */
function primaryCode (error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : 0
}
