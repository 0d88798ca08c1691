import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

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
 * Below the data directory, or below the system's directory for temporary files where that path is too long for a socket. What an
 * earlier run left behind is removed; nobody else uses it, since the caller holds the lock of the data directory.
 */
export function makeRunDir (dataDir: string): RunDir {
  const own = path.join(dataDir, 'run')
  rmSync(own, { recursive: true, force: true })
  if (Buffer.byteLength(own) + 1 + longestName <= longestPath) {
    mkdirSync(own, { recursive: true, mode: 0o700 })
    return { path: own, remove: () => rmSync(own, { recursive: true, force: true }) }
  }
  const temporary = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  return { path: temporary, remove: () => rmSync(temporary, { recursive: true, force: true }) }
}
