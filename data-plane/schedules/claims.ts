import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import type { ScheduleTime } from '#shared/schedules.ts'
import { UplinkError, type Uplink } from '../uplink.ts'

export interface ScheduleClaim extends ScheduleTime {
  versionId: string
  /** Of this claim alone: who asks again because the answer was lost is told the same. */
  claimId: string
}

/** `won`: run it. `left`: somebody else does, or nobody is to. `missed`: nobody could be asked in time. */
export type ClaimOutcome = { kind: 'won', runId: string } | { kind: 'left' } | { kind: 'missed' }

export interface PersistentUplinkOptions {
  uplink: Uplink
  clock: Clock
  /** Between two tries; grows up to ten times as long. */
  retryMs: number
  /** Nothing is tried again. */
  signal: AbortSignal
  logger: Logger
}

/** Asks the control plane for as long as it makes sense. */
export class PersistentUplink {
  readonly #options: PersistentUplinkOptions

  constructor (options: PersistentUplinkOptions) {
    this.#options = options
  }

  /** @param giveUpAt milliseconds since the epoch */
  async claim (claim: ScheduleClaim, giveUpAt: number): Promise<ClaimOutcome> {
    const answer = await this.post('/schedule-runs', claim, giveUpAt)
    if (answer === 'refused') return { kind: 'left' }
    if (answer === 'given-up') return { kind: 'missed' }
    const runId = readRunId(answer.value)
    return runId === null ? { kind: 'left' } : { kind: 'won', runId }
  }

  /**
   * A matter that may be posted twice.
   * @param giveUpAt milliseconds since the epoch, from which on it is not tried any more
   */
  async post (matter: string, body: object, giveUpAt: number): Promise<{ value: unknown } | 'refused' | 'given-up'> {
    const { clock, retryMs, signal } = this.#options
    for (let tries = 0; clock.now() < giveUpAt && !signal.aborted; tries++) {
      if (tries > 0) await pause(Math.min(10, 2 ** (tries - 1)) * retryMs * (0.5 + Math.random()), signal)
      const answer = await this.postOnce(matter, body)
      if (answer !== 'unreachable') return answer
    }
    return 'given-up'
  }

  async postOnce (matter: string, body: object): Promise<{ value: unknown } | 'refused' | 'unreachable'> {
    const { uplink, logger } = this.#options
    try {
      return { value: await uplink.post(matter, body) }
    } catch (err) {
      if (!(err instanceof UplinkError)) throw err
      if (err.failure !== 'refused') {
        logger.debug({ err, matter }, 'a schedule cannot reach the control plane')
        return 'unreachable'
      }
      // That something is scheduled no more is news that has overtaken its change; a time that is none is one machine's clock.
      if (err.code === 'schedule_not_due') logger.warn({ err, matter, body }, 'the control plane says that it is not time: the clocks of the two machines differ')
      else logger.debug({ err, matter, body }, 'the control plane refused what a schedule asked')
      return 'refused'
    }
  }
}

function readRunId (answer: unknown): string | null {
  const run = typeof answer === 'object' && answer !== null && 'run' in answer ? answer.run : null
  return typeof run === 'object' && run !== null && 'id' in run && typeof run.id === 'string' ? run.id : null
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
