import type { DatabaseSync } from 'node:sqlite'
import { timestamp, type Clock } from '#shared/clock.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { ScheduleRun } from '../records.ts'
import { missing } from '../refusals.ts'
import type { ScheduleRunLimits } from '../store.ts'
import type { Operations } from './operations.ts'
import { parse } from './table.ts'

type ScheduleRunOperations = Pick<Operations, 'addScheduleRun' | 'finishScheduleRun' | 'listScheduleRuns'>

/** Runs are written every minute by machines that follow the feed, and are no part of it: they make no revision. */
export function scheduleRunOperations (db: DatabaseSync, clock: Clock, limits: ScheduleRunLimits): ScheduleRunOperations {
  const sql = prepare(db)
  const settleLost = (): void => { sql.lose.run(timestamp(clock)) }
  const find = (run: ScheduleRun): ScheduleRun | null => read(sql.find.get(...scheduleKey(run), run.scheduledAt))

  const insert = (run: ScheduleRun): void => {
    sql.insert.run(run.id, ...scheduleKey(run), run.scheduledAt, run.status, run.deadlineAt, JSON.stringify(run))
  }
  const trim = (run: ScheduleRun): void => {
    sql.trim.run(...scheduleKey(run), ...scheduleKey(run), limits.perSchedule)
    sql.forget.run(new Date(clock.now() - limits.maxAgeMs).toISOString())
  }
  return {
    addScheduleRun: run => inTransaction(db, () => {
      settleLost()
      const there = find(run)
      if (there !== null) return { run: there, added: false }
      if (sql.environment.get(run.gatewayId, run.environment) === undefined) throw missing('environment')
      const isHeldUp = run.status === 'running' && sql.running.get(...scheduleKey(run)) !== undefined
      const added: ScheduleRun = isHeldUp ? { ...run, status: 'skipped' } : run
      insert(added)
      trim(added)
      return { run: added, added: true }
    }),

    finishScheduleRun: (id, outcome, environments = null) => inTransaction(db, () => {
      const run = read(sql.get.get(id))
      if (run === null || environments?.includes(run.environment) === false) return null
      if (run.status !== 'running' && run.status !== 'lost') return { run, finished: false }
      const finished = { ...run, ...outcome }
      sql.update.run(finished.status, JSON.stringify(finished), id)
      return { run: finished, finished: true }
    }),

    listScheduleRuns: ({ gatewayId, environment }, { functionName, schedule, status }, { limit, after }) => {
      settleLost()
      const rows = sql.page.all({
        $gatewayId: gatewayId, $environment: environment, $functionName: functionName, $schedule: schedule, $status: status, $before: after ?? afterAll, $limit: limit + 1
      })
      const items = rows.slice(0, limit).map(row => parse(row.document) as ScheduleRun)
      return { items, next: rows.length > limit ? items.at(-1)!.id : null }
    }
  }
}

/** Ids have letters and digits alone. */
const afterAll = '~'

function scheduleKey ({ gatewayId, environment, functionName, schedule }: ScheduleRun): [string, string, string, string] {
  return [gatewayId, environment, functionName, schedule]
}

function read (row: Record<string, unknown> | undefined): ScheduleRun | null {
  return row === undefined ? null : parse(row.document) as ScheduleRun
}

const prepare = (db: DatabaseSync) => {
  const schedule = 'gatewayId = ? AND environment = ? AND functionName = ? AND schedule = ?'
  return {
    get: db.prepare('SELECT document FROM scheduleRuns WHERE id = ?'),
    find: db.prepare(`SELECT document FROM scheduleRuns WHERE ${schedule} AND scheduledAt = ?`),
    running: db.prepare(`SELECT 1 FROM scheduleRuns WHERE ${schedule} AND status = 'running' LIMIT 1`),
    environment: db.prepare('SELECT 1 FROM environments WHERE gatewayId = ? AND name = ?'),
    insert: db.prepare(`INSERT INTO scheduleRuns (id, gatewayId, environment, functionName, schedule, scheduledAt, status, deadlineAt, document)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    update: db.prepare('UPDATE scheduleRuns SET status = ?, document = ? WHERE id = ?'),
    lose: db.prepare("UPDATE scheduleRuns SET status = 'lost', document = json_set(document, '$.status', 'lost') WHERE status = 'running' AND deadlineAt < ?"),
    trim: db.prepare(`DELETE FROM scheduleRuns WHERE ${schedule} AND status <> 'running' AND id <
      (SELECT min(id) FROM (SELECT id FROM scheduleRuns WHERE ${schedule} ORDER BY scheduledAt DESC LIMIT ?))`),
    forget: db.prepare('DELETE FROM scheduleRuns WHERE scheduledAt < ?'),
    page: db.prepare(`SELECT document FROM scheduleRuns WHERE gatewayId = $gatewayId AND environment = $environment AND id < $before
      AND ($functionName IS NULL OR functionName = $functionName) AND ($schedule IS NULL OR schedule = $schedule) AND ($status IS NULL OR status = $status)
      ORDER BY id DESC LIMIT $limit`)
  }
}
