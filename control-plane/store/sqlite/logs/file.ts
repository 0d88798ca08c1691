import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { prepareFile } from '../connection.ts'
import { ForeignFile, settleSchema } from './schema.ts'

const busyTimeoutMs = 1_000
const journalMaxBytes = 16 * 1024 * 1024
/** Primary result codes that say that the file is not what it was: CORRUPT, NOTADB. */
const damaged = new Set([11, 26])

/** What was in the place of the logs is kept under this name, and only the last such file. */
export function asideName (file: string): string {
  return `${file}.damaged`
}

/**
 * Opens the logs, or begins new ones where they are damaged: they are not worth refusing to start.
 * @param onDamage called before the file is set aside
 * @throws what the file system refuses
 */
export function openLogFile (file: string, onDamage: (error: unknown) => void): DatabaseSync {
  try {
    return open(file)
  } catch (error) {
    if (!isDamage(error) && !(error instanceof ForeignFile)) throw error
    onDamage(error)
    setAside(file)
    return open(file)
  }
}

export function isDamage (error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && damaged.has(error.errcode & 0xff)
}

/** Nobody may have it open. */
export function setAside (file: string): void {
  const aside = asideName(file)
  for (const ending of ['', '-wal', '-shm']) rmSync(`${aside}${ending}`, { force: true })
  renameSync(file, aside)
  // They belong to the file that has gone, and would damage the next one.
  for (const ending of ['-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
}

function open (file: string): DatabaseSync {
  prepareFile(file)
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs, defensive: true })
  try {
    db.exec('PRAGMA journal_mode = WAL')
    // A crash of the machine may cost the last lines, and no request waits for the disk.
    db.exec('PRAGMA synchronous = NORMAL')
    db.exec(`PRAGMA journal_size_limit = ${journalMaxBytes}`)
    settleSchema(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
