import { closeSync, existsSync, fchmodSync, openSync, readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { verifyReplica } from './checksum.ts'
import { removeReplica, syncFile } from './generations.ts'
import { isDamage } from './sqlite-errors.ts'

/** What the thread was asked for, and what it answers with. */
export interface CopyOrder { file: string, copy: string }
export type CopyOutcome = { type: 'copied' } | { type: 'damaged', message: string }

/**
 * Looks through the replica and copies it, beside the process's own thread: both take as long as the replica is large. The copy is one
 * state of it, whatever is written meanwhile, and is read back before it counts.
 */
function copyReplica ({ file, copy }: CopyOrder): CopyOutcome {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  try {
    verifyReplica(db)
    removeReplica(copy)
    closePrivate(copy)
    db.prepare('VACUUM INTO ?').run(copy)
  } catch (error) {
    if (isDamage(error)) return { type: 'damaged', message: String(error) }
    throw error
  } finally {
    db.close()
  }
  syncFile(copy)
  readBack(copy)
  return { type: 'copied' }
}

/** Takes what others leave of the processor. setpriority(2): on Linux that can be said of one thread. */
function stepBack (): void {
  const self = '/proc/thread-self'
  if (existsSync(self)) setPriority(Number(path.basename(readlinkSync(self))), constants.priority.PRIORITY_LOW)
}

/** An empty file is what SQLite copies into, and its mode is kept. */
function closePrivate (file: string): void {
  const fd = openSync(file, 'a', 0o600)
  fchmodSync(fd, 0o600)
  closeSync(fd)
}

function readBack (copy: string): void {
  const db = new DatabaseSync(copy, { readOnly: true })
  try {
    verifyReplica(db)
  } finally {
    db.close()
  }
}

stepBack()
parentPort!.postMessage(copyReplica(workerData as CopyOrder), [])
