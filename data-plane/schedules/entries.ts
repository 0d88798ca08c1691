import { isFunctionRoute } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { compileTimetable, type Schedule, type Timetable } from '#shared/schedules.ts'
import type { ReplicaChange, ReplicaReader } from '../replica/replica.ts'

/** One schedule of one environment, and when it is due next. */
export interface ScheduleEntry {
  readonly gatewayId: string
  readonly environment: string
  readonly functionName: string
  readonly versionId: string
  readonly schedule: Schedule
  /** What its function is called with, as long as it runs; milliseconds. */
  readonly timeoutMs: number
  readonly timetable: Timetable
  /** Milliseconds since the epoch. `null`: never again. */
  nextAt: number | null
}

/** What is scheduled by the releases in the replica: looked up where it changes, not when something is due. */
export interface ScheduleEntries {
  all: () => Iterable<ScheduleEntry>
  /** What is new begins with its first due time from now on; what stays keeps the one that it had. */
  apply: (change: Pick<ReplicaChange, 'all' | 'environments'>) => void
}

export interface ScheduleEntriesOptions {
  replica: Pick<ReplicaReader, 'getEnvironment' | 'scheduledEnvironments'>
  now: () => number
  /** What is found at the beginning is looked at from here on: what was due while nothing ran here may not have been run by others. */
  since: number
  logger: Logger
}

interface EnvironmentRef { gatewayId: string, environment: string }

export function openScheduleEntries ({ replica, now, since, logger }: ScheduleEntriesOptions): ScheduleEntries {
  /** By environment, then by function and name. */
  const environments = new Map<string, Map<string, ScheduleEntry>>()
  const timetables = createTimetables(logger)

  const read = ({ gatewayId, environment }: EnvironmentRef, from: number): void => {
    const key = `${gatewayId}/${environment}`
    const before = environments.get(key)
    const entries = new Map<string, ScheduleEntry>()
    const routes = replica.getEnvironment(gatewayId, environment)?.release?.routes ?? []
    for (const { functionName, versionId, timeoutMs, schedules = [] } of routes.filter(isFunctionRoute)) {
      for (const schedule of schedules) {
        const timetable = timetables(schedule)
        if (timetable === null) continue
        const name = `${functionName}/${schedule.name}`
        const same = before?.get(name)
        const nextAt = same?.timetable === timetable ? same.nextAt : timetable.next(from)
        entries.set(name, { gatewayId, environment, functionName, versionId, schedule, timeoutMs, timetable, nextAt })
      }
    }
    if (entries.size === 0) environments.delete(key)
    else environments.set(key, entries)
  }
  const readAll = (from: number): void => {
    const found = replica.scheduledEnvironments()
    const names = new Set(found.map(({ gatewayId, environment }) => `${gatewayId}/${environment}`))
    for (const key of environments.keys()) if (!names.has(key)) environments.delete(key)
    for (const environment of found) read(environment, from)
  }

  readAll(since)
  return {
    all: function * () {
      for (const entries of environments.values()) yield * entries.values()
    },
    apply: change => {
      if (change.all) readAll(now())
      else for (const environment of change.environments) read(environment, now())
    }
  }
}

const maxTimetables = 10_000

/** Most schedules are like some other one: these are worked out once, and know their next due time. */
function createTimetables (logger: Logger): (schedule: Schedule) => Timetable | null {
  const known = new Map<string, Timetable | null>()
  return schedule => {
    const key = `${schedule.timeZone} ${schedule.cron}`
    const there = known.get(key)
    if (there !== undefined) return there
    if (known.size >= maxTimetables) known.clear()
    const timetable = compile(schedule, logger)
    known.set(key, timetable)
    return timetable
  }
}

/** `null`: it is none, which the control plane does not let happen. One of them must not keep the others from running. */
function compile (schedule: Schedule, logger: Logger): Timetable | null {
  try {
    return remember(compileTimetable(schedule))
  } catch (err) {
    logger.error({ err, cron: schedule.cron, timeZone: schedule.timeZone }, 'a schedule cannot be read, and does not run')
    return null
  }
}

/** Many ask for the same at the same time. */
function remember (timetable: Timetable): Timetable {
  let asked: number | null = null
  let answer: number | null = null
  return {
    next: after => {
      if (after !== asked) answer = timetable.next(after)
      asked = after
      return answer
    }
  }
}
