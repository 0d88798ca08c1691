import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { killTraced } from './functions/traces.ts'
import { isRunning } from './keeper/record.ts'

/** Where the Unix sockets of this run are: a folder that only this user can enter, and that goes with the run. */
export interface RunDir {
  path: string
  remove: () => void
}

/**
 * unix(7): the path of a socket has 107 bytes at most; macOS has 103. Its name within the folder takes its share.
 */
const longestPath = 100
const longestName = 32

/**
 * Below the data directory, or below the system's directory for temporary files where that path is too long for a socket.
 * @param name of this run among those that may be there at the same time; what was left behind under it is removed
 */
export function makeRunDir (dataDir: string, name: string): RunDir {
  const own = path.join(runDirs(dataDir), name)
  if (Buffer.byteLength(own) + 1 + longestName <= longestPath) {
    rmSync(own, { recursive: true, force: true })
    mkdirSync(own, { recursive: true, mode: 0o700 })
    return { path: own, remove: () => removeOwn(dataDir, own) }
  }
  const temporary = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  return { path: temporary, remove: () => rmSync(temporary, { recursive: true, force: true }) }
}

/** Ends and removes what supervisors have left behind that were killed: their folders are named by their processes. */
export function sweepRunDirs (dataDir: string): void {
  const folder = runDirs(dataDir)
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!/^\d+$/.test(name) || isRunning(Number(name))) continue
    killTraced(path.join(folder, name))
    rmSync(path.join(folder, name), { recursive: true, force: true })
  }
}

function removeOwn (dataDir: string, own: string): void {
  rmSync(own, { recursive: true, force: true })
  if (readdirSync(runDirs(dataDir)).length === 0) rmSync(runDirs(dataDir), { recursive: true })
}

function runDirs (dataDir: string): string {
  return path.join(dataDir, 'run')
}
