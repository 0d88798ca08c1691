import type { Test } from 'tap'
import type { FeedItem } from '#shared/feed.ts'
import type { Schedule } from '#shared/schedules.ts'
import type { ScheduledOutcome, ScheduledRun } from '../../data-plane/messages.ts'
import { startScheduler, type Scheduler } from '../../data-plane/schedules/scheduler.ts'
import type { Uplink } from '../../data-plane/uplink.ts'
import { applyBatch, environmentItem, gatewayItem, openTestReplica, silent, versionItem, type TestReplica } from './replica.ts'
import { createQueue, type Queue } from './queue.ts'

export interface TestScheduler extends Scheduler {
  replica: TestReplica
  /** Commits, and tells the scheduler what it touched. */
  commit: (...items: FeedItem[]) => void
  /** What was run, in order. */
  runs: Queue<ScheduledRun>
}

export interface TestSchedulerOptions {
  uplink: Uplink
  clock: TestClock
  items?: FeedItem[]
  run?: (run: ScheduledRun) => Promise<Partial<ScheduledOutcome>>
}

export interface TestClock { now: () => number, set: (time: string | number) => void }

export function createTestClock (time: string): TestClock {
  let now = Date.parse(time)
  return { now: () => now, set: time => { now = typeof time === 'string' ? Date.parse(time) : time } }
}

/** A scheduler over a replica on the disk, with a clock that stands still until the test moves it and calls `tick`. */
export function openScheduler (t: Test, { uplink, clock, items = [], run = async () => ({}) }: TestSchedulerOptions): TestScheduler {
  const replica = openTestReplica(t)
  let revision = 0
  applyBatch(replica.writer, ++revision, [gatewayItem('shop'), versionItem('shop', 'v1'), ...items])
  const runs = createQueue<ScheduledRun>()
  const scheduler = startScheduler({
    replica: replica.reader,
    uplink,
    clock,
    logger: silent,
    timing: { jitterMs: 0, retryMs: 1 },
    workers: {
      runScheduled: async order => {
        runs.push(order)
        return { requestId: 'req1', startedAt: clock.now(), durationMs: 1, responseStatus: 200, errorCode: null, ...await run(order) }
      }
    }
  })
  t.teardown(async () => {
    scheduler.stop()
    await scheduler.close(10_000)
  })
  return { ...scheduler, replica, runs, commit: (...items) => scheduler.apply(applyBatch(replica.writer, ++revision, [versionItem('shop', 'v1'), ...items])) }
}

/** An environment in which functions of these names are scheduled. */
export function scheduledItem (environment: string, functions: Record<string, Array<Partial<Schedule> & { cron: string }>>): FeedItem {
  const routes = Object.entries(functions).map(([functionName, schedules]) => ({
    functionName, versionId: 'v1', methods: ['POST' as const], path: `/${functionName}`, timeoutMs: 1000, schedules: schedules.map(schedule => ({ name: 'always', timeZone: 'UTC', ...schedule }))
  }))
  return environmentItem('shop', environment, [], { release: { number: 1, routes } })
}
