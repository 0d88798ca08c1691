import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import type { Store } from '../store/store.ts'
import { startSweep } from '../sweep.ts'
import { rememberedMs } from './known.ts'

export interface SweepOptions {
  store: Pick<Store, 'sweepDataPlanes'>
  clock: Clock
  logger: Logger
  intervalMs?: number
}

/** Of data planes, those that are gone for long. */
export function startDataPlaneSweep ({ store, clock, logger, intervalMs = 60_000 }: SweepOptions): { close: () => Promise<void> } {
  const step = async (limit: number): Promise<number> => await store.sweepDataPlanes(new Date(clock.now() - rememberedMs).toISOString(), limit)
  return startSweep({ step, what: 'data planes that are gone', logger, intervalMs })
}
