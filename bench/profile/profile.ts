import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Peer } from '../peers/peer.ts'
import { flameOf, type CpuProfile } from './flame.ts'
import { flamePage } from './flame-page.ts'
import { NoInspector } from './inspector-port.ts'
import { nodeProcesses } from './node-processes.ts'
import { attachProfiler, type Profiler } from './profiler.ts'

const root = path.join(import.meta.dirname, '..', '..')

/**
 * Takes a CPU profile of each process of Node.js at and below `pid` while `work` is done, and nothing of what was before. Nothing is asked of the
 * processes but to have been started with `--inspect-port=0`, so production code need not know of it.
 * @param folder for `<process>.cpuprofile`, which browsers' and editors' tools read, and a flame graph `<process>.html`; is made
 * @param say is told of those that cannot be asked
 * @returns the flame graphs; none, and nothing is done, where there is no such process
 */
export async function profile (pid: number, title: string, folder: string, work: () => Promise<unknown>, say: (text: string) => void): Promise<string[]> {
  const processes = nodeProcesses(pid)
  if (processes.length === 0) return []
  await mkdir(folder, { recursive: true })
  const profilers = new Map<string, Profiler>()
  try {
    for (const { pid, name } of processes) {
      const profiler = await attachOrSay(pid, name, folder, say)
      if (profiler !== null) profilers.set(name, profiler)
    }
    await Promise.all(profilers.values().map(async profiler => await profiler.begin()))
    await work()
    await Promise.all(profilers.values().map(async profiler => await profiler.end()))
  } finally {
    // A process waits at its end for whoever is attached.
    await Promise.all(profilers.values().map(async profiler => await profiler.close()))
  }
  return await Promise.all(profilers.keys().map(async name => {
    const file = path.join(folder, `${name}.html`)
    const taken = JSON.parse(await readFile(fileOf(folder, name), 'utf8')) as CpuProfile
    await writeFile(file, flamePage(`${title}: ${name}`, flameOf(taken, root)))
    return file
  }))
}

async function attachOrSay (pid: number, name: string, folder: string, say: (text: string) => void): Promise<Profiler | null> {
  try {
    return await attachProfiler(pid, fileOf(folder, name))
  } catch (error) {
    if (!(error instanceof NoInspector)) throw error
    say(`no profile of ${name}: ${error.message}`)
    return null
  }
}

/** Of each peer under a load that counts for nothing else: what looks on takes time, too. */
export async function profilePeers (peers: readonly Peer[], folder: string, load: (peer: Peer) => Promise<unknown>, say: (text: string) => void): Promise<void> {
  for (const peer of peers) {
    const pages = await profile(peer.pid, peer.name, path.join(folder, peer.name.replaceAll(/[^A-Za-z0-9]+/g, '-')), async () => await load(peer), say)
    for (const page of pages) say(`profile  ${path.relative('', page)}`)
  }
}

function fileOf (folder: string, name: string): string {
  return path.join(folder, `${name}.cpuprofile`)
}
