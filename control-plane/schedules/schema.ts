import { Type, type Static } from 'typebox'
import { scheduleNamePattern } from '#shared/names.ts'
import { functionName } from '../functions/schema.ts'
import { pageQuery } from '../paging.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import { scheduleRunStatuses, type ScheduleRun } from '../store/records.ts'

const scheduleName = Type.String({ pattern: scheduleNamePattern })
const nullable = <Schema extends Type.TSchema> (schema: Schema) => Type.Union([schema, Type.Null()])
const status = Type.Enum([...scheduleRunStatuses], {
  description: '`lost`: nothing was heard of it any more. `missed`: the control plane could not be asked in time. `skipped`: the one before still ran.'
})

export const scheduleRun = Type.Object({
  id: Type.String(),
  functionName,
  schedule: scheduleName,
  versionId: Type.String(),
  scheduledAt: timestamp,
  status,
  startedAt: nullable(timestamp),
  finishedAt: nullable(timestamp),
  durationMs: nullable(Type.Number()),
  responseStatus: nullable(Type.Integer({ description: 'Of the function\'s response; from 500 on it counts as failed.' })),
  errorCode: nullable(Type.String()),
  requestId: nullable(Type.String({ description: 'Finds its lines in the log.' }))
}, { title: 'ScheduleRun', description: 'One due time of one schedule, and what came of it.' })

export const scheduledFunction = Type.Object({
  functionName,
  versionId: Type.String(),
  name: scheduleName,
  cron: Type.String(),
  timeZone: Type.String(),
  nextRunAt: timestamp,
  lastRun: nullable(scheduleRun)
}, { title: 'ScheduledFunction', description: 'What is scheduled in an environment, by its release.' })

export const schedulesParams = params({ gatewayId, envName: environmentName })
export const runsQuery = Type.Object({
  ...pageQuery.properties,
  function: Type.Optional(functionName),
  schedule: Type.Optional(scheduleName),
  status: Type.Optional(status)
}, { additionalProperties: false })

const wholeMinute = Type.String({ format: 'date-time', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:00\\.000Z$', description: 'A whole minute, UTC, as `toISOString` writes it.' })
const claimId = Type.String({ pattern: '^[0-9A-Za-z]{12,32}$' })
const claimFields = { claimId,  gatewayId, environment: environmentName, functionName, versionId: Type.String({ minLength: 1, maxLength: 100 }), schedule: scheduleName, scheduledAt: wholeMinute }

/** What data planes say: one due time. */
export const claim = Type.Object(claimFields, { additionalProperties: false })
export const missedClaims = Type.Object({ runs: Type.Array(claim, { maxItems: 100 }) }, { additionalProperties: false })
export const finishedRun = Type.Object({
  id: Type.String({ pattern: '^[0-9A-Za-z]{1,64}$' }),
  status: Type.Enum(['succeeded', 'failed', 'timed_out']),
  startedAt: timestamp,
  finishedAt: timestamp,
  durationMs: Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  responseStatus: nullable(Type.Integer({ minimum: 200, maximum: 599 })),
  errorCode: nullable(Type.String({ pattern: '^[a-z_]{1,64}$' })),
  requestId: nullable(Type.String({ pattern: '^[0-9A-Za-z]{1,64}$' }))
}, { additionalProperties: false })

export type Claim = Static<typeof claim>
export type FinishedRun = Static<typeof finishedRun>

export function representRun (run: ScheduleRun): Static<typeof scheduleRun> {
  const { id, functionName, schedule, versionId, scheduledAt, status, startedAt, finishedAt, durationMs, responseStatus, errorCode, requestId } = run
  return { id, functionName, schedule, versionId, scheduledAt, status, startedAt, finishedAt, durationMs, responseStatus, errorCode, requestId }
}
