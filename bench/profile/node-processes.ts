import { readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { descendants } from '../../test/support/processes.ts'

/** A process of Node.js that can be asked for a profile. */
export interface NodeProcess {
  pid: number
  /** By its program, with a number where there are several: `edge-worker`, `sandbox-2`. */
  name: string
}

/** Those at and below `pid`. Linux only. */
export function nodeProcesses (pid: number): NodeProcess[] {
  const found = [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }, ...descendants(pid)].filter(entry => isAskable(entry.pid))
  return distinct(found.map(({ pid, command }) => ({ pid, name: nameOf(command) })))
}

/**
 * SIGUSR1 opens the inspector of Node.js, and ends whatever does not wait for it: so does Node.js that may not open any (`--permission`), which is how the
 * egress runs.
 */
function isAskable (pid: number): boolean {
  if (!path.basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('node')) return false
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  // proc_pid_status(5): the lowest bit stands for signal 1.
  return caught !== undefined && (BigInt(`0x${caught}`) >> BigInt(sigusr1 - 1) & 1n) === 1n
}

const sigusr1 = 10

/** The program with the folder that it is in, which says more than `main` or `server`. */
export function nameOf (command: string): string {
  const program = command.split(' ').find(argument => /\.[cm]?[jt]s$/.test(argument))
  if (program === undefined) return 'node'
  const { dir, name } = path.parse(program)
  const folder = path.basename(dir)
  return (general.has(name) ? [folder, name] : [name]).filter(part => part !== '').join('-').replaceAll(/[^A-Za-z0-9_-]/g, '_')
}

const general = new Set(['main', 'server', 'worker', 'index', 'process'])

function distinct (processes: NodeProcess[]): NodeProcess[] {
  const seen = new Map<string, number>()
  return processes.map(({ pid, name }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return { pid, name: count === 1 ? name : `${name}-${count}` }
  })
}
