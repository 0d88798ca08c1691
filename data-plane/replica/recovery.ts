import type { Logger } from '#shared/log.ts'
import { ReplicaDamaged } from './errors.ts'
import type { ReplicaChange, ReplicaReader } from './replica.ts'
import type { ReplicaWriter } from './writer.ts'

/** Damage that is found while the replica is in use: what can be served goes on being served, and the feed brings the rest. */
export interface Recovery {
  /** Found by its writer. @throws what stands in the way: it is to be tried again */
  recover: () => void
  /** Found by a reader. @param generation the one that it has read */
  report: (generation: string | null) => void
}

export interface RecoveryOptions {
  writer: Pick<ReplicaWriter, 'recover'>
  onChange: (change: ReplicaChange) => void
  logger: Logger
}

export function createRecovery ({ writer, onChange, logger }: RecoveryOptions): Recovery {
  const recover = (generation?: string | null): void => {
    const change = writer.recover(generation)
    // Several readers find the same damage.
    if (change === null) return
    logger.error({ revision: change.revision }, 'the replica was damaged while it was served; another generation is in its place')
    onChange(change)
  }
  return {
    recover: () => recover(),
    report: generation => {
      try {
        recover(generation)
      } catch (err) {
        // Whoever meets the damage next reports it again.
        logger.error({ err }, 'the replica is damaged, and another generation cannot take its place yet')
      }
    }
  }
}

type Schedules = Pick<ReplicaReader, 'getEnvironment' | 'scheduledEnvironments'>

/** For who cannot answer 503: what is damaged is not there, until everything is said to have changed. */
export function soundOnly (replica: Schedules): Schedules {
  const sound = <Found>(read: () => Found, instead: Found): Found => {
    try {
      return read()
    } catch (error) {
      if (error instanceof ReplicaDamaged) return instead
      throw error
    }
  }
  return {
    getEnvironment: (gatewayId, environment) => sound(() => replica.getEnvironment(gatewayId, environment), null),
    scheduledEnvironments: () => sound(() => replica.scheduledEnvironments(), [])
  }
}
