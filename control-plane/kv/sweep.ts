import type { Logger } from '#shared/log.ts'
import type { Store } from '../store/store.ts'
import { startSweep } from '../sweep.ts'

export interface SweepOptions {
  store: Pick<Store, 'sweepKv'>
  logger: Logger
  intervalMs?: number
}

/** Of key-value stores, what has expired. */
export function startKvSweep ({ store, logger, intervalMs = 10_000 }: SweepOptions): { close: () => Promise<void> } {
  return startSweep({ step: store.sweepKv, what: 'expired entries of key-value stores', logger, intervalMs })
}
