import { closeSync, existsSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { Logger } from '#shared/log.ts'
import { applicationId, schema, schemaVersion } from './schema.ts'
import { isPassing } from './sqlite-errors.ts'

/**
 * Opens the replica for writing, or makes an empty one, and hands it to `prepare`. What cannot be used (damaged, another version, not
 * ours at all) is set aside as `<file>.unusable`, where the one before it is replaced: the replica is a copy, and fetching it anew beats
 * not starting.
 */
export function openReplica<Prepared> (file: string, logger: Logger, prepare: (db: DatabaseSync) => Prepared): Prepared {
  try {
    return openChecked(file, prepare)
  } catch (error) {
    if (isPassing(error)) throw error
    const kept = `${file}.unusable`
    logger.error({ err: error, file, kept }, 'the replica cannot be used; starting with an empty one and fetching everything anew')
    setAside(file, kept)
    return openChecked(file, prepare)
  }
}

/** The next one to open it shall not use it, even if it looks sound at first. */
export function condemnReplica (file: string): void {
  writeFileSync(condemnation(file), '')
}

function condemnation (file: string): string {
  return `${file}.condemned`
}

function openChecked<Prepared> (file: string, prepare: (db: DatabaseSync) => Prepared): Prepared {
  if (existsSync(condemnation(file))) throw new Error('found damaged while it was written')
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
    return prepare(db)
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
    if (existsSync(file + ending)) renameSync(file + ending, kept + ending)
  }
  rmSync(condemnation(file), { force: true })
}
