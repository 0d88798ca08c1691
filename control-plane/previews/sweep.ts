import { timestamp, type Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import { StoreError, type EnvironmentRef, type Store } from '../store/store.ts'
import { startSweep } from '../sweep.ts'

export interface SweepOptions {
  store: Pick<Store, 'findExpiredPreviews' | 'getEnvironment' | 'replaceServing'>
  clock: Clock
  logger: Logger
  intervalMs?: number
}

/** Previews that have expired, with their releases. Data planes do not wait for it. */
export function startPreviewSweep ({ store, clock, logger, intervalMs = 10_000 }: SweepOptions): { close: () => Promise<void> } {
  const step = async (limit: number): Promise<number> => {
    const now = timestamp(clock)
    let swept = 0
    for (const ref of await store.findExpiredPreviews(now, limit)) if (await removeExpired(store, ref, now)) swept++
    return swept
  }
  return startSweep({ step, what: 'previews that have expired', logger, intervalMs })
}

/** @returns false: there are none any more, or somebody else writes at the same time, and the next round comes back to it */
async function removeExpired (store: SweepOptions['store'], ref: EnvironmentRef, now: string): Promise<boolean> {
  const environment = await store.getEnvironment(ref.gatewayId, ref.environment)
  if (environment === null) return false
  const { release, canary, lastCanary, revision } = environment
  const previews = environment.previews.filter(({ expiresAt }) => expiresAt > now)
  if (previews.length === environment.previews.length) return false
  try {
    await store.replaceServing(ref, { release, canary, lastCanary, previews }, revision)
    return true
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'revision_mismatch' || error.code === 'not_found')) return false
    throw error
  }
}
