import type { Logger } from '#shared/log.ts'

/** Tells the operator once what all workers notice: that Redis is away, why, and when none of them misses it any more. */
export interface LimitsReport {
  /** @param away why the worker cannot count in Redis; `null`: it does */
  tell: (worker: number, away: string | null) => void
  /** The worker has ended. */
  forget: (worker: number) => void
}

export function createLimitsReport (logger: Logger): LimitsReport {
  const reasons = new Map<number, string>()
  /** In this outage. One worker hears that the connection has ended, and later, like all others, that there is none. */
  const told = new Set<string>()

  return {
    tell: (worker, away) => {
      if (away === null) reasons.delete(worker)
      else reasons.set(worker, away)
      if (away !== null && !told.has(away)) {
        logger.error({ reason: away }, 'Redis cannot be used: limits are counted on this machine alone, and those that fail closed refuse')
        told.add(away)
      } else if (reasons.size === 0 && told.size > 0) {
        logger.warn('Redis can be used: limits are counted together with other machines')
        told.clear()
      }
    },
    forget: worker => { reasons.delete(worker) }
  }
}
