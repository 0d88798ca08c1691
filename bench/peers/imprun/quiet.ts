import { setTimeout as delay } from 'node:timers/promises'
import { cpuMicros } from '../../engine/cpu.ts'

const intervalMs = 500
/** Of one core: what processes take that wait for requests. */
const quietShare = 0.1
const timeoutMs = 300_000

/**
 * Until the platform has nothing left to do about what it was started with: much that is new is looked through once more when it is served already.
 * Nobody knows where the system does not say what processor time is used. @throws where it never ends
 */
export async function untilQuiet (pid: number): Promise<void> {
  let before = usedMs(pid)
  let quiet = 0
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline;) {
    const begunAt = performance.now()
    await delay(intervalMs)
    const now = usedMs(pid)
    if (before === null || now === null) return
    quiet = now - before < (performance.now() - begunAt) * quietShare ? quiet + 1 : 0
    // Twice in a row: between two things to do there is a moment of rest.
    if (quiet === 2) return
    before = now
  }
  throw new Error(`The platform has not come to rest within ${timeoutMs} ms`)
}

/** Of all processes. */
function usedMs (pid: number): number | null {
  const micros = cpuMicros({ pid })
  return micros === null ? null : [...micros.values()].reduce((sum, each) => sum + each, 0) / 1_000
}
