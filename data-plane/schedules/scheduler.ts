import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import type { Uplink } from '../uplink.ts'
import type { EdgeWorkers } from '../workers/workers.ts'
import { openScheduleEntries, type ScheduleEntriesOptions, type ScheduleEntry } from './entries.ts'
import { createRuns, type RunTiming } from './runs.ts'

/** Runs functions at their due times, each time on one of all data planes. */
export interface Scheduler {
  /** After each commit of the replica. */
  apply: (change: ReplicaChange) => void
  /** Looks at the clock, and begins what is due. */
  tick: () => void
  /** From now on nothing is begun. */
  stop: () => void
  /** Resolves when what has come of everything has been told, or the time is over. */
  close: (deadlineMs: number) => Promise<void>
}

export interface SchedulerOptions {
  replica: ScheduleEntriesOptions['replica']
  workers: Pick<EdgeWorkers, 'runScheduled'>
  uplink: Uplink
  clock: Clock
  logger: Logger
  timing?: Partial<RunTiming>
}

/** A clock may be set, and a machine may sleep: it is looked at so often at least. */
const longestSleepMs = 30_000
/** What was due so long before the start is run if nobody has run it: a restart loses no time of a schedule. */
const lookBackMs = 60_000
/** A run that could not be begun for so long has been missed. */
const patienceMs = 5 * 60_000

export function startScheduler ({ replica, workers, uplink, clock, logger, timing }: SchedulerOptions): Scheduler {
  const entries = openScheduleEntries({ replica, now: clock.now, since: clock.now() - lookBackMs, logger })
  const runs = createRuns({ workers, uplink, clock, logger, ...(timing && { timing }) })
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const arm = (): void => {
    clearTimeout(timer)
    if (stopped) return
    let next = Infinity
    for (const { nextAt } of entries.all()) if (nextAt !== null && nextAt < next) next = nextAt
    timer = setTimeout(tick, Math.min(Math.max(0, next - clock.now()), longestSleepMs)).unref()
  }
  const tick = (): void => {
    const now = clock.now()
    for (const entry of entries.all()) {
      if (entry.nextAt !== null && entry.nextAt <= now) begin(entry, entry.nextAt, now)
    }
    arm()
  }
  const begin = (entry: ScheduleEntry, dueAt: number, now: number): void => {
    const following = entry.timetable.next(dueAt) ?? Infinity
    // Of several that went by unseen the first one stands for all.
    entry.nextAt = following <= now ? entry.timetable.next(now) : following
    if (!stopped) runs.begin(entry, dueAt, Math.min(following, dueAt + patienceMs))
  }

  tick()
  return {
    apply: change => {
      if (!change.all && change.environments.length === 0) return
      entries.apply(change)
      arm()
    },
    tick,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      runs.stop()
    },
    close: runs.close
  }
}
