import type { Logger } from '#shared/log.ts'
import type { Store } from '../store/store.ts'
import { startSweep } from '../sweep.ts'

export interface SweepOptions {
  store: Pick<Store, 'sweepDeletedFunctions'>
  logger: Logger
  intervalMs?: number
}

/** Of deleted functions, those that cannot be restored any more. */
export function startDeletedFunctionSweep ({ store, logger, intervalMs = 60_000 }: SweepOptions): { close: () => Promise<void> } {
  return startSweep({ step: store.sweepDeletedFunctions, what: 'functions that were deleted long ago', logger, intervalMs })
}
