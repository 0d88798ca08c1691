import { Type, type Static } from 'typebox'
import { maxBatchLines, maxFieldsUnits, maxMessageUnits } from '#shared/logs.ts'
import { environmentNamePattern, functionNamePattern, gatewayIdPattern } from '#shared/names.ts'
import { pageQuery } from '../paging.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import { positionPattern, type StoredLine } from '../store/log-store.ts'

const level = Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')])
const requestId = Type.String({ minLength: 1, maxLength: 100 })

export const logsParams = params({ gatewayId, envName: environmentName })

export const logsQuery = Type.Object({
  ...pageQuery.properties,
  function: Type.Optional(Type.String({ pattern: functionNamePattern, description: 'Lines of this function.' })),
  level: Type.Optional(Type.Union(level.anyOf, { default: 'debug', description: 'Lines of this level and of more severe ones.' })),
  requestId: Type.Optional(Type.String({ ...requestId, description: 'Lines of this request, whose id is in the `x-request-id` of its answer.' })),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Lines of this time (RFC 3339) and later.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Lines of this time (RFC 3339) and earlier.' })),
  contains: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Lines with this text in the message or the fields, in upper or lower case.' })),
  order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc', description: 'By time; newest first by default.' })),
  follow: Type.Optional(Type.Boolean({ default: false, description: 'Answer with a stream of events, as with `Accept: text/event-stream`.' }))
}, { additionalProperties: false })

/** Others are ignored, as headers are. */
export const logsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ pattern: positionPattern, description: 'Follow from behind this event.' }))
})

export const logLine = Type.Object({
  id: Type.String({ description: 'In the environment, for as long as its logs are kept; also that of the event.' }),
  time: timestamp,
  level,
  function: Type.Union([Type.String(), Type.Null()], { description: '`null`: the line is about the environment.' }),
  version: Type.Union([Type.String(), Type.Null()]),
  requestId: Type.Union([Type.String(), Type.Null()], { description: '`null`: of no request in particular.' }),
  message: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown(), { description: 'What was given beside the message.' })
}, { title: 'LogLine', description: 'What a function said, or what was said of it.' })

const nullable = (pattern: string) => Type.Union([Type.String({ pattern }), Type.Null()])

/** What a data plane sends: `shared/logs.ts`. */
export const logBatch = Type.Object({
  origin: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  sequence: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  lines: Type.Array(Type.Object({
    time: Type.Integer({ minimum: 0, maximum: 99_999_999_999_999 }),
    level,
    gatewayId: Type.String({ pattern: gatewayIdPattern }),
    environment: Type.String({ pattern: environmentNamePattern }),
    functionName: nullable(functionNamePattern),
    versionId: nullable('^[\\x21-\\x7e]{1,100}$'),
    requestId: Type.Union([requestId, Type.Null()]),
    message: Type.String({ maxLength: maxMessageUnits }),
    fields: Type.String({ maxLength: maxFieldsUnits })
  }, { additionalProperties: false }), { minItems: 1, maxItems: maxBatchLines })
}, { additionalProperties: false })

export type LogsQuery = Static<typeof logsQuery>

export function representLine ({ position, time, level, functionName, versionId, requestId, message, fields }: StoredLine): Static<typeof logLine> {
  return {
    id: position,
    time: new Date(time).toISOString(),
    level,
    function: functionName,
    version: versionId,
    requestId,
    message,
    fields: fields === '' ? {} : JSON.parse(fields) as Record<string, unknown>
  }
}
