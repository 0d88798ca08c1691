import { chown, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { USER } from './chroot.ts'
import { run } from './run.ts'

const counter = { value: 0 }

/**
 * A data folder for one run, a copy of the template, named after the process that it belongs to. Those of processes that were killed are
 * removed. @returns its path, as seen from inside
 */
export async function makeRun (root: string, template: string): Promise<string> {
  await removeDeadRuns(root)
  const name = `/runs/${process.pid}-${await startTime(process.pid)}-${counter.value++}`
  await mkdir(path.join(root, name), { mode: 0o700 })
  await chown(path.join(root, name), USER, USER)
  await run('cp', ['-a', '--reflink=auto', `${path.join(root, template)}/.`, path.join(root, name)])
  return name
}

/** The runs whose process is alive. None where there is no such folder. */
export async function liveRuns (root: string): Promise<string[]> {
  const all = await readdir(path.join(root, 'runs')).catch(() => [])
  const alive = await Promise.all(all.map(isLive))
  return all.filter((_, index) => alive[index])
}

async function removeDeadRuns (root: string): Promise<void> {
  const live = await liveRuns(root)
  const dead = (await readdir(path.join(root, 'runs'))).filter(name => !live.includes(name))
  // PostgreSQL may still be ending there: what it writes meanwhile is removed the next time.
  await Promise.all(dead.map(name => rm(path.join(root, 'runs', name), { recursive: true, force: true }).catch(() => {})))
}

/** A pid is given again after a while; together with the start time it means one process for ever. */
async function isLive (name: string): Promise<boolean> {
  const [pid, started] = name.split('-')
  return await startTime(Number(pid)) === started
}

/** proc_pid_stat(5): the 22nd field; the name in brackets before may itself have spaces and brackets. `null`: no such process. */
async function startTime (pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}
