import type { Logger } from '#shared/log.ts'
import type { Store } from '../store/store.ts'
import { startSweep } from '../sweep.ts'

export interface SweepOptions {
  store: Pick<Store, 'sweepUsage'>
  logger: Logger
  intervalMs?: number
}

/** Of what was in use, that which nobody asks for any more. */
export function startUsageSweep ({ store, logger, intervalMs = 60_000 }: SweepOptions): { close: () => Promise<void> } {
  return startSweep({ step: store.sweepUsage, what: 'what was in use long ago', logger, intervalMs })
}
