import { setImmediate } from 'node:timers/promises'
import type { Logger } from '#shared/log.ts'
import { StoreError, type Store } from '../store/store.ts'

export interface SweepOptions {
  store: Store
  logger: Logger
  /** Between two rounds. */
  intervalMs?: number
}

/** Entries in one transaction: the embedded store answers nobody else meanwhile. */
const stepSize = 500

/** Takes away what has expired in key-value stores, which nobody sees any more, for as long as it is not closed. */
export function startKvSweep ({ store, logger, intervalMs = 10_000 }: SweepOptions): { close: () => Promise<void> } {
  const closing = new AbortController()
  let round: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    try {
      while (!closing.signal.aborted && await store.sweepKv(stepSize) === stepSize) await setImmediate()
    } catch (err) {
      if (!(err instanceof StoreError)) throw err
      // The store says so to everybody else, too; the next round tries again.
      logger.warn({ err }, 'expired entries of key-value stores could not be removed')
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
