import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** A process as its parent can see it, without its help. */
export interface WatchedProcess {
  residentBytes: () => number
  /** Of its main thread, which is where tenant code runs. */
  processorMs: () => number
  close: () => void
}

const pageBytes = 4096
const buffer = Buffer.alloc(256)

/**
 * proc_pid_statm(5): the second field is the resident set, in pages. schedstat: the first is the time on a processor, in nanoseconds.
 * Systems without them tell nothing: both are 0 then.
 */
export function watchProcess (pid: number): WatchedProcess {
  const [statm, schedstat] = [openIfThere(`/proc/${pid}/statm`), openIfThere(`/proc/${pid}/schedstat`)]
  return {
    residentBytes: () => readField(statm, 1) * pageBytes,
    processorMs: () => readField(schedstat, 0) / 1e6,
    close: () => { for (const file of [statm, schedstat]) if (file !== undefined) closeSync(file) }
  }
}

/** The last of a chain of processes that each have one child: what a wrapper wraps. */
export function innermost (pid: number): number {
  const child = Number(readIfThere(`/proc/${pid}/task/${pid}/children`).split(' ')[0])
  return child > 0 ? innermost(child) : pid
}

/** proc_pid_stat(5): the 22nd field, in clock ticks since boot; `comm`, the second, may itself have brackets and spaces. `null`: no such process. */
export function startTime (pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function readField (file: number | undefined, index: number): number {
  if (file === undefined) return 0
  return orIfGone(() => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)).split(' ')[index]), 0)
}

function openIfThere (file: string): number | undefined {
  return orIfGone(() => openSync(file, 'r'), undefined)
}

function readIfThere (file: string): string {
  return orIfGone(() => readFileSync(file, 'latin1'), '')
}

/** A process that has ended: the news of it are on their way. */
function orIfGone<Value> (read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return otherwise
    throw error
  }
}
