import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const deadlineMs = 10_000
const lookAgainMs = 10

/** A process cannot be asked for a profile. */
export class NoInspector extends Error {
  override readonly name = 'NoInspector'
}

/**
 * Opens the inspector of a process, which listens on the loopback address of wherever that is: at 9229, or at any port where it was started with
 * `--inspect-port=0`, which all must be that share an address.
 * @returns where it listens
 * @throws {NoInspector} where it does not: sandboxes that are not wrapped in a network of their own all want the same port, and one of them gets it
 */
export async function openInspector (pid: number): Promise<number> {
  const before = listening(pid)
  process.kill(pid, 'SIGUSR1')
  const deadline = performance.now() + deadlineMs
  while (performance.now() < deadline) {
    const [port] = listening(pid).difference(before)
    if (port !== undefined) return port
    // Somebody else's process has no other way to say that it listens than to be looked at.
    await delay(lookAgainMs)
  }
  throw new NoInspector(`The inspector of process ${pid} does not listen; was it started with --inspect-port=0?`)
}

/** Ports of the loopback address at which a process listens, as its own network has them. */
function listening (pid: number): Set<number> {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map(fd => inodeOf(`/proc/${pid}/fd/${fd}`)))
  const ports = new Set<number>()
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
    // proc(5): sl local_address rem_address st … inode; 0A is LISTEN.
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state === '0A' && inode !== undefined && inodes.has(inode)) ports.add(Number.parseInt(local.split(':')[1] ?? '', 16))
  }
  return ports
}

function inodeOf (link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null
  } catch (error) {
    // It was closed meanwhile.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
