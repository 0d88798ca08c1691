import { readFileSync } from 'node:fs'
import { descendants } from '../../test/support/processes.ts'

/** Of one process of a data plane, in bytes. */
export interface ProcessMemory {
  role: 'keeper' | 'supervisor' | 'worker' | 'sandbox' | 'egress'
  /** `Pss` of smaps_rollup, proc_pid_smaps(5): pages that several processes share count for each by its share. */
  pss: number
  /** `Rss` of the same: they count for each in full. */
  rss: number
}

export function memoryOf (pid: number): ProcessMemory[] {
  const processes = [{ pid, role: 'keeper' as const }, ...descendants(pid).flatMap(entry => {
    const role = roleOf(entry.command)
    return role === null ? [] : [{ pid: entry.pid, role }]
  })]
  return processes.map(({ pid, role }) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return { role, pss: bytesOf(text, 'Pss'), rss: bytesOf(text, 'Rss') }
  })
}

/** `null`: what is wrapped around a process. */
function roleOf (command: string): ProcessMemory['role'] | null {
  if (command.includes('bwrap')) return null
  if (command.includes('/edge/worker.ts')) return 'worker'
  if (command.includes('/sandbox.cjs')) return 'sandbox'
  if (command.includes('/egress.cjs')) return 'egress'
  return command.includes('/supervisor-process.ts') ? 'supervisor' : null
}

function bytesOf (text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)![1]) * 1_024
}
