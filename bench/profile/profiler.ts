import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { endProcess } from '../peers/process.ts'
import { openInspector } from './inspector-port.ts'
import type { Reply, Word } from './attached.ts'

/** The profiler of one process. */
export interface Profiler {
  begin: () => Promise<void>
  /** Writes what was seen since. */
  end: () => Promise<void>
  close: () => Promise<void>
}

const program = new URL('attached.ts', import.meta.url)

/** @param file of the profile, to be written at the end */
export async function attachProfiler (pid: number, file: string): Promise<Profiler> {
  const port = await openInspector(pid)
  const child = fork(program, [String(port), file], { execArgv: [], ...entering(pid) })
  const tell = async (word: Word | null, awaited: Reply): Promise<void> => {
    const answer = reply(child, awaited)
    if (word !== null) child.send(word)
    await answer
  }
  const close = async (): Promise<void> => await endProcess(child)
  try {
    await tell(null, 'attached')
  } catch (error) {
    await close()
    throw error
  }
  return { begin: async () => await tell('begin', 'begun'), end: async () => await tell('end', 'ended'), close }
}

async function reply (child: ChildProcess, awaited: Reply): Promise<void> {
  const [said] = await Promise.race([
    once(child, 'message') as Promise<[Reply]>,
    once(child, 'exit').then(([code]) => { throw new Error(`A profiler ended with ${code}`) })
  ])
  if (said !== awaited) throw new Error(`A profiler said "${said}" instead of "${awaited}"`)
}

/** A contained process has a network of its own. nsenter(1): whoever has made the namespaces may enter them. */
function entering (pid: number): { execPath?: string, execArgv?: string[] } {
  const isApart = (namespace: string): boolean => readlinkSync(`/proc/${pid}/ns/${namespace}`) !== readlinkSync(`/proc/self/ns/${namespace}`)
  if (!isApart('net')) return {}
  const user = isApart('user') ? ['--user', '--preserve-credentials'] : []
  return { execPath: 'nsenter', execArgv: ['--target', String(pid), '--net', ...user, '--', process.execPath] }
}
