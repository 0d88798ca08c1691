import type { Logger } from '#shared/log.ts'
import { StoreError } from '../store/store.ts'
import type { DataPlaneService } from './service.ts'

/** So long a change may wait for a data plane that is connected. */
const maxLagMs = 10_000

export interface LagWatchOptions {
  dataPlanes: Pick<DataPlaneService, 'lags'>
  logger: Pick<Logger, 'warn' | 'info'>
  intervalMs?: number
}

/** Says which data planes lag behind, when they begin to and when they do not any more. */
export function watchLag ({ dataPlanes, logger, intervalMs = 5_000 }: LagWatchOptions): { close: () => Promise<void> } {
  let late = new Set<string>()
  let looking: Promise<void> | null = null

  const look = async (): Promise<void> => {
    try {
      const lags = (await dataPlanes.lags()).filter(({ lag }) => lag.ms > maxLagMs)
      for (const { id, lag } of lags) if (!late.has(id)) logger.warn({ node: id, lag }, 'a data plane lags behind')
      const now = new Set(lags.map(({ id }) => id))
      for (const id of late) if (!now.has(id)) logger.info({ node: id }, 'a data plane does not lag behind any more, or is gone')
      late = now
    } catch (error) {
      // Nothing new comes from a store that is away.
      if (!(error instanceof StoreError)) throw error
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => { looking = null })
  }, intervalMs).unref()
  return {
    close: async () => {
      clearInterval(timer)
      await looking
    }
  }
}
