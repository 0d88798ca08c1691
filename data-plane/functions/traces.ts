import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startTime } from './proc.ts'

/**
 * Says which process this sandbox is, for the supervisor that comes after one that was killed: tenant code that never ends does not notice that
 * nobody watches it any more. Beside the sandbox's folder and not in it, where the sandbox could write another process's number.
 * @param onError a full disk is no reason to end it
 */
export function leaveTrace (folder: string, pid: number, onError: (error: unknown) => void): void {
  try {
    writeFileSync(trace(folder), `${pid} ${startTime(pid) ?? ''}\n`, { mode: 0o600 })
  } catch (error) {
    onError(error)
  }
}

export function removeTrace (folder: string): void {
  rmSync(trace(folder), { force: true })
}

/** Kills the sandboxes that have left a trace in this folder and are still there. */
export function killTraced (runDir: string): void {
  for (const name of readdirSync(runDir).filter(name => name.endsWith(ending))) {
    // Whoever wrote it was killed, perhaps then.
    const [, pid, startedAt] = /^(\d+) (\d+)\n$/.exec(readFileSync(path.join(runDir, name), 'latin1')) ?? []
    // A number is given again; together with the time of its start it means one process for ever.
    if (pid !== undefined && startTime(Number(pid)) === startedAt) kill(Number(pid))
  }
}

function kill (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

const ending = '.pid'

function trace (folder: string): string {
  return `${folder}${ending}`
}
