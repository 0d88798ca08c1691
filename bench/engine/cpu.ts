import { readFileSync } from 'node:fs'
import { descendants } from '../../test/support/processes.ts'
import type { Peer } from '../peers/peer.ts'

/** Linux gives times in ticks of 10 ms wherever it runs Node.js. */
const tickMicros = 10_000

/**
 * Processor time, in microseconds, that a process and all below it have used so far, by what each is for; `null` where the system does
 * not say. Where something else keeps the machine busy it changes less than requests per second do.
 */
export function cpuMicros ({ pid, kindOf = () => 'server' }: Pick<Peer, 'pid' | 'kindOf'>): Map<string, number> | null {
  if (process.platform !== 'linux') return null
  const micros = new Map<string, number>()
  for (const entry of [{ pid, command: '' }, ...descendants(pid)]) {
    const stat = readFileSync(`/proc/${entry.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // proc_pid_stat(5): utime and stime are the 14th and 15th field, `state` is the third.
    const used = (Number(fields[11]) + Number(fields[12])) * tickMicros
    const kind = kindOf(entry.command)
    micros.set(kind, (micros.get(kind) ?? 0) + used)
  }
  return micros
}

/** What has been used between two readings, for each of `requests`. */
export function cpuPerRequest (before: Map<string, number> | null, after: Map<string, number> | null, requests: number): Record<string, number> | null {
  if (before === null || after === null || requests === 0) return null
  return Object.fromEntries([...after].map(([kind, micros]) => [kind, (micros - (before.get(kind) ?? 0)) / requests]))
}
