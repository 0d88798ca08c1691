import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { readMeta } from './meta.ts'
import { besideReplica } from './schema.ts'

/**
 * Generations of the replica: the one that is served, and the one before it. A name changes hands by one rename, after the bytes are on
 * the disk, so a name never stands for something half-written. Readers have the file open that they began with, until they look again.
 */

const sqliteFiles = ['', '-wal', '-shm', '-journal']

export function removeReplica (file: string): void {
  for (const ending of sqliteFiles) rmSync(file + ending, { recursive: true, force: true })
}

/** Takes the served one out of use. @returns where it is kept, for whoever wants to know what happened */
export function setAside (file: string): string {
  const kept = besideReplica(file, 'unusable')
  removeReplica(kept)
  for (const ending of sqliteFiles) if (existsSync(file + ending)) renameSync(file + ending, kept + ending)
  return kept
}

/** Where nothing is served: the generation before takes its place. false: there is none. */
export function restorePrevious (file: string): boolean {
  const previous = besideReplica(file, 'previous')
  if (!existsSync(previous)) return false
  renameSync(previous, file)
  syncFolder(file)
  return true
}

/** @param copy whole, closed, and on the disk */
export function keepAsPrevious (file: string, copy: string): void {
  renameSync(copy, besideReplica(file, 'previous'))
  syncFolder(file)
}

/** Ends both connections. The next generation is served from here on, and the one that was is the previous one, unless there never was anything in it. */
export function serveNext (file: string, served: DatabaseSync, next: DatabaseSync): void {
  next.close()
  const nextFile = besideReplica(file, 'next')
  syncFile(nextFile)
  const isEmpty = readMeta(served).revision === 0
  const { busy } = served.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
  served.close()
  // What is still in the log of one that somebody reads would be missing in the file alone.
  if (busy === 0 && !isEmpty) {
    const kept = besideReplica(file, 'copy')
    removeReplica(kept)
    linkSync(file, kept)
    syncFile(kept)
    keepAsPrevious(file, kept)
  }
  // A log is found by its name: this one is not the next generation's.
  for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true })
  renameSync(nextFile, file)
  syncFolder(file)
}

/** Tells files apart that have had the same name. `null`: there is none. */
export function fileIdentity (file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? null : `${stat.dev}/${stat.ino}`
}

export function syncFile (file: string): void {
  const fd = openSync(file, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The same beside this process's own thread: megabytes take seconds. */
export async function syncAside (file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function syncFolder (file: string): void {
  const fd = openSync(path.dirname(file), 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
