import { isRunning, readRecord } from './keeper/record.ts'

export interface OrphanOptions {
  dataDir: string
  /** Of whoever has lost its supervisor. */
  generation: number
  /** Serves as long as nobody else does, and no longer than this. */
  graceMs?: number
}

const intervalMs = 50
/** A keeper starts a new generation at once, which takes a second or a few. */
const longestMs = 30_000

/**
 * Resolves when a process that has lost its supervisor is not needed any more: another generation serves, nobody is there to start one, or it
 * has taken too long.
 */
export async function awaitSuccessor ({ dataDir, generation, graceMs = longestMs }: OrphanOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const deadline = performance.now() + graceMs
  const look = (): void => {
    const record = readRecord(dataDir)
    const isNeeded = record !== null && record.generation === generation && isRunning(record.pid) && performance.now() < deadline
    if (!isNeeded) resolve()
  }
  const timer = setInterval(look, intervalMs)
  look()
  await promise
  clearInterval(timer)
}
