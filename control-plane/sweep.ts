import { setImmediate } from 'node:timers/promises'
import type { Logger } from '#shared/log.ts'
import { StoreError } from './store/store.ts'

export interface Sweep {
  /** Takes away at most so many; resolves with how many it were. */
  step: (limit: number) => Promise<number>
  /** For the log: what could not be removed. */
  what: string
  logger: Logger
  /** Between two rounds. */
  intervalMs: number
}

/** Things in one transaction: the embedded store answers nobody else meanwhile. */
const stepSize = 500

/** Takes away what has expired, which nobody sees any more, for as long as it is not closed. */
export function startSweep ({ step, what, logger, intervalMs }: Sweep): { close: () => Promise<void> } {
  const closing = new AbortController()
  let round: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    try {
      while (!closing.signal.aborted && await step(stepSize) === stepSize) await setImmediate()
    } catch (err) {
      if (!(err instanceof StoreError)) throw err
      // The store says so to everybody else, too; the next round tries again.
      logger.warn({ err }, `${what} could not be removed`)
    }
    if (!closing.signal.aborted) timer = setTimeout(begin, intervalMs).unref()
  }
  const begin = (): void => { round = sweep() }
  let timer = setTimeout(begin, intervalMs).unref()
  return {
    close: async () => {
      closing.abort()
      clearTimeout(timer)
      await round
    }
  }
}
