import { accessSync, constants, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isPassing, sqliteBusy, sqliteCode } from './sqlite-errors.ts'

/** Another process writes this replica. */
export class ReplicaInUse extends Error {
  override readonly name = 'ReplicaInUse'
}

/** One keeper for each data directory. @throws {ReplicaInUse} and what the file system refuses */
export function lockDataDir (dataDir: string): DatabaseSync {
  return lockReplica(path.join(dataDir, 'data-plane'))
}

/**
 * Two supervisors on one replica would each miss what the other one commits. The lock is the operating system's, so it goes with the
 * process that holds it, however that ends. Makes the folder where it is missing.
 * @throws {ReplicaInUse} and what the file system refuses
 */
export function lockReplica (file: string): DatabaseSync {
  const folder = path.dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  try {
    return lock(`${file}.lock`)
  } catch (error) {
    if (sqliteCode(error) === sqliteBusy) throw new ReplicaInUse(`another data plane is running on ${folder}`, { cause: error })
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
