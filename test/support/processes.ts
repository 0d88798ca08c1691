import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A process as Linux knows it. A pid is given again after a while; together with the start time it means one process for ever. */
export interface ProcessEntry {
  pid: number
  parent: number
  /** Clock ticks since boot. */
  startTime: string
  command: string
}

/** All that descend from `pid`, without itself. */
export function descendants (pid: number): ProcessEntry[] {
  const all = allProcesses()
  const found: ProcessEntry[] = []
  for (let parents = [pid]; parents.length > 0;) {
    const children = all.filter(entry => parents.includes(entry.parent))
    found.push(...children)
    parents = children.map(entry => entry.pid)
  }
  return found
}

/** The sandboxes below this process, without what is wrapped around them. */
export function sandboxesOf (pid: number): ProcessEntry[] {
  return descendants(pid).filter(({ command }) => command.includes('sandbox.cjs') && !command.includes('bwrap'))
}

/** All that were started with this setting, whoever their parent is by now. */
export function processesWith (name: string, value: string): ProcessEntry[] {
  return allProcesses().filter(({ pid }) => read(`/proc/${pid}/environ`)?.split('\0').includes(`${name}=${value}`))
}

/** Whether a process has a file mapped into its memory whose path ends so: SQLite does that with the index of a log. */
export function hasMapped (pid: number, ending: string): boolean {
  return read(`/proc/${pid}/maps`)?.split('\n').some(line => line.endsWith(ending)) ?? false
}

/** A zombie is no longer alive: it only waits for its parent to read its exit code. */
export function isAlive (entry: ProcessEntry): boolean {
  const now = readProcess(entry.pid)
  return now !== null && now.startTime === entry.startTime
}

/** SIGKILL to each; some may have ended meanwhile. */
export function killAll (entries: ReadonlyArray<Pick<ProcessEntry, 'pid'>>): void {
  for (const { pid } of entries) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

/** The ones that are still there after at most `tries` looks, 20 ms apart: the end of somebody else's child gives no signal. */
export async function survivors (entries: ProcessEntry[], tries = 250): Promise<ProcessEntry[]> {
  let alive = entries.filter(isAlive)
  for (let i = 1; i < tries && alive.length > 0; i++) {
    await delay(20)
    alive = alive.filter(isAlive)
  }
  return alive
}

function allProcesses (): ProcessEntry[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(name => readProcess(Number(name))).filter(entry => entry !== null)
}

/** proc_pid_stat(5): `pid (comm) state ppid …`, the start time is the 22nd field; `comm` may itself have brackets and spaces. */
function readProcess (pid: number): ProcessEntry | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  const command = read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? ''
  return { pid, parent: Number(fields[1]), startTime: fields[19]!, command }
}

/** `null` where the process has ended meanwhile, or is somebody else's. */
function read (file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code))) return null
    throw error
  }
}
