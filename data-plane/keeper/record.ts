import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Who runs on a data directory: for those who have lost their parent, and for whoever wants to talk to the keeper. */
export interface KeeperRecord {
  /** Of the keeper, or of the supervisor that keeps its place. */
  pid: number
  /** The one that serves, counted from 1. */
  generation: number
  /** Its supervisor. */
  supervisor: number
  /** Where orders are taken. */
  socket: string
  /** The address that is listened on, as it was asked for, and the port that it came to. */
  host: string
  port: number
  /** Whoever had started it is gone: the next one that is started on this data directory takes over. */
  vacant: boolean
}

export function writeRecord (dataDir: string, record: KeeperRecord): void {
  const file = recordFile(dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // Renamed, so that nobody reads half of it.
  writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** `null`: there is none. A killed keeper leaves its own behind. */
export function readRecord (dataDir: string): KeeperRecord | null {
  try {
    return JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) as KeeperRecord
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

export function removeRecord (dataDir: string): void {
  rmSync(recordFile(dataDir), { force: true })
}

export function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function recordFile (dataDir: string): string {
  return path.join(dataDir, 'data-plane.json')
}
