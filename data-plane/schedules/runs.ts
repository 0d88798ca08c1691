import { setTimeout as delay } from 'node:timers/promises'
import { randomBase62 } from '#shared/base62.ts'
import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import type { ScheduledOutcome } from '../messages.ts'
import { createTasks } from '../tasks.ts'
import type { Uplink } from '../uplink.ts'
import { WorkerLost } from '../workers/process.ts'
import type { EdgeWorkers } from '../workers/workers.ts'
import { PersistentUplink, type ScheduleClaim } from './claims.ts'
import type { ScheduleEntry } from './entries.ts'
import { createMissedRuns } from './missed.ts'
import { createSlots } from './slots.ts'

export interface RunTiming {
  /** Data planes ask at any time in this span after the due time, so that one does not always get everything. */
  jitterMs: number
  retryMs: number
}

export interface RunsOptions {
  workers: Pick<EdgeWorkers, 'runScheduled'>
  uplink: Uplink
  clock: Clock
  logger: Logger
  timing?: Partial<RunTiming>
}

/** What is due, from the claim to the report. */
export interface Runs {
  /** @param giveUpAt milliseconds since the epoch, from which on it is too late to begin */
  begin: (entry: ScheduleEntry, dueAt: number, giveUpAt: number) => void
  stop: () => void
  close: (deadlineMs: number) => Promise<void>
}

/** Runs of this data plane at a time, and of one gateway. What waits for its turn may be claimed by another data plane meanwhile. */
const atOnce = { count: 64, perOwner: 16 }
/** A report may come late: until the control plane is back, or nobody can care any more. */
const reportMs = 30 * 60_000

export function createRuns ({ workers, uplink, clock, logger, timing: { jitterMs = 2_000, retryMs = 1_000 } = {} }: RunsOptions): Runs {
  const stopping = new AbortController()
  const tasks = createTasks()
  const slots = createSlots(atOnce)
  const claims = new PersistentUplink({ uplink, clock, retryMs, signal: stopping.signal, logger })
  // What has been run is told also while this process ends.
  const reports = new PersistentUplink({ uplink, clock, retryMs, signal: new AbortController().signal, logger })
  const missed = createMissedRuns(reports)

  const runDue = async (entry: ScheduleEntry, dueAt: number, giveUpAt: number): Promise<void> => {
    const claim = toClaim(entry, dueAt)
    const outcome = await claims.claim(claim, giveUpAt)
    if (stopping.signal.aborted && outcome.kind === 'missed') return
    if (outcome.kind === 'missed') return missed.add(claim)
    if (outcome.kind === 'won') await report(outcome.runId, await carryOut(entry, claim))
    missed.flush()
  }
  const carryOut = async (entry: ScheduleEntry, { scheduledAt }: ScheduleClaim): Promise<ScheduledOutcome> => {
    const { gatewayId, environment, functionName, schedule: { name, cron } } = entry
    const startedAt = clock.now()
    try {
      return await workers.runScheduled({ gatewayId, environment, functionName, call: { name, cron, scheduledAt } })
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error
      return { requestId: null, startedAt, durationMs: clock.now() - startedAt, responseStatus: null, errorCode: 'sandbox_lost' }
    }
  }
  const report = async (id: string, { startedAt, ...result }: ScheduledOutcome): Promise<void> => {
    const times = { startedAt: new Date(startedAt).toISOString(), finishedAt: new Date(startedAt + result.durationMs).toISOString() }
    const told = await reports.post('/schedule-runs/finished', { id, status: statusOf(result), ...times, ...result }, clock.now() + reportMs)
    if (told === 'given-up') logger.error({ id }, 'the outcome of a scheduled run could not be told')
  }
  const begin = async (entry: ScheduleEntry, dueAt: number, giveUpAt: number): Promise<void> => {
    try {
      await delay(Math.random() * jitterMs, undefined, { signal: stopping.signal })
      await slots.use(entry.gatewayId, async () => await runDue(entry, dueAt, giveUpAt))
    } catch (err) {
      // What is not begun when this process ends is another data plane's, or this one's after its restart.
      if (stopping.signal.aborted) return
      logger.error({ err, function: entry.functionName, schedule: entry.schedule.name }, 'a scheduled run failed')
    }
  }
  return {
    begin: (entry, dueAt, giveUpAt) => tasks.add(begin(entry, dueAt, giveUpAt)),
    stop: () => stopping.abort(),
    close: tasks.finish
  }
}

function toClaim ({ gatewayId, environment, functionName, versionId, schedule }: ScheduleEntry, dueAt: number): ScheduleClaim {
  const scheduledAt = new Date(dueAt).toISOString()
  return { gatewayId, environment, functionName, versionId, schedule: schedule.name, scheduledAt, claimId: randomBase62(16) }
}

function statusOf ({ responseStatus, errorCode }: Pick<ScheduledOutcome, 'responseStatus' | 'errorCode'>): 'succeeded' | 'failed' | 'timed_out' {
  if (errorCode === 'function_timeout') return 'timed_out'
  return errorCode !== null || (responseStatus ?? 500) >= 500 ? 'failed' : 'succeeded'
}
