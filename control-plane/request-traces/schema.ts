import { Type, type Static, type TSchema } from 'typebox'
import { clientIdPattern } from '#shared/names.ts'
import { maxListedTraces, traceStages, type RequestTrace, type TraceDetails, type TraceStage } from '#shared/request-traces.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import type { FoundTrace, Gaps } from './service.ts'

const requestId = Type.String({ pattern: '^[0-9A-Za-z]{13,40}$', description: 'As in the `x-request-id` of its answer.' })

export const traceListParams = params({ gatewayId, envName: environmentName })
export const traceParams = params({ gatewayId, envName: environmentName, requestId })

export const traceQuery = Type.Object({
  status: Type.Optional(Type.String({ pattern: '^[1-5](?:\\d\\d|xx)$', description: 'Such as `404`, or `5xx`.' })),
  client: Type.Optional(Type.String({ pattern: clientIdPattern, description: 'Its id.' })),
  path: Type.Optional(Type.String({ maxLength: 512, pattern: '^/', description: 'As it was sent; with a `*` at the end whatever begins so.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxListedTraces, default: 20 }))
}, { additionalProperties: false })

const nullable = <Schema extends TSchema> (schema: Schema) => Type.Union([schema, Type.Null()])
const text = Type.String({ maxLength: 8_192 })
const milliseconds = Type.Number({ minimum: 0, maximum: 1e12 })
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const decision = Type.Enum(['passed', 'answered', 'refused', 'failed', 'left'])
const details = Type.Unsafe<TraceDetails>(Type.Record(Type.String({ maxLength: 100 }), Type.Union([text, Type.Number(), Type.Boolean(), Type.Null(), Type.Array(text, { maxItems: 200 })]), { maxProperties: 50 }))

const attempt = Type.Object({ target: text, status: nullable(Type.Integer()), code: nullable(text), ms: milliseconds })

/** What a data plane says: `shared/request-traces.ts`. One that is newer may know of stages that are not known here. */
const told = Type.Object({
  requestId,
  at: Type.Number({ minimum: 0, maximum: 8.64e15 }),
  method: text,
  path: text,
  host: text,
  status: Type.Integer({ minimum: 0, maximum: 999 }),
  code: nullable(text),
  durationMs: milliseconds,
  functionMs: milliseconds,
  bodyBytes: count,
  revision: count,
  release: nullable(count),
  worker: count,
  client: nullable(Type.Object({ id: text, name: text })),
  apiKeyId: nullable(text),
  route: nullable(Type.Object({ functionName: text, versionId: text, path: text, upstream: nullable(text) })),
  attempts: Type.Array(attempt, { maxItems: 100 }),
  stages: Type.Array(Type.Object({
    stage: Type.Unsafe<TraceStage>(Type.String({ maxLength: 100 })), decision, reason: nullable(text), atMs: nullable(Type.Number()), durationMs: nullable(Type.Number()), details: nullable(details)
  }), { maxItems: 100 })
})

export const traceAnswer = Type.Object({ found: Type.Array(told, { maxItems: maxListedTraces }), isForgotten: Type.Boolean(), silentWorkers: count })

const dataPlane = Type.Object({ id: nullable(Type.String()), name: nullable(Type.String()) })
const listed = {
  requestId,
  at: Type.String({ ...timestamp, description: 'When it began (RFC 3339, UTC).' }),
  method: Type.String(),
  host: Type.String(),
  path: Type.String({ description: 'Without its query; cut where it is long.' }),
  status: Type.Integer({ description: '499: its client did not wait.' }),
  code: Type.Union([Type.String(), Type.Null()], { description: 'Of the problem that it was answered with.' }),
  durationMs: Type.Number(),
  release: Type.Union([Type.Integer(), Type.Null()]),
  client: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()]),
  function: Type.Union([Type.Object({ name: Type.String(), versionId: Type.String(), path: Type.String() }), Type.Null()], { description: 'The route that answers; `path` is its pattern.' }),
  upstream: Type.Union([Type.String(), Type.Null()]),
  dataPlane: Type.Union([dataPlane, Type.Null()])
}

const gaps = {
  silent: Type.Array(dataPlane, { description: 'Data planes that did not answer, or some of whose workers did not: what they know is missing.' }),
  notAsked: Type.Array(dataPlane, { description: 'Data planes that serve the environment and could not be asked from here.' })
}

export const traceList = Type.Object({ items: Type.Array(Type.Object(listed, { title: 'ListedRequest' })), ...gaps }, { title: 'RequestList', description: 'Recent requests, the newest first.' })

export const requestTrace = Type.Object({
  ...listed,
  waitedMs: Type.Number({ description: 'Until the head of the function\'s or the upstream\'s answer; 0 where none was asked.' }),
  bodyBytes: Type.Integer({ description: 'Of the answer.' }),
  revision: Type.Integer({ description: 'Of the configuration that it met.' }),
  worker: Type.Integer(),
  apiKeyId: Type.Union([Type.String(), Type.Null()]),
  attempts: Type.Array(Type.Object({
    target: Type.String(), status: Type.Union([Type.Integer(), Type.Null()]), code: Type.Union([Type.String(), Type.Null()]), ms: Type.Number()
  }), { description: 'To ask the upstream: each target with the status that it answered, or what went wrong.' }),
  stages: Type.Array(Type.Object({
    stage: Type.String({ description: `In the order in which a request meets them: ${traceStages.join(', ')}.` }),
    decision,
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Such as `not_set`, or the code of the problem.' }),
    atMs: Type.Union([Type.Number(), Type.Null()], { description: 'After the request began; `null` where nobody looked at the clock.' }),
    durationMs: Type.Union([Type.Number(), Type.Null()]),
    details: Type.Union([details, Type.Null()])
  }, { title: 'RequestStage' }))
}, { title: 'RequestTrace', description: 'What a request has met.' })

function represent ({ trace, dataPlane }: FoundTrace): Static<typeof traceList>['items'][number] {
  const { requestId, at, method, host, path, status, code, durationMs, release, client, route } = trace
  return {
    requestId,
    at: new Date(at).toISOString(),
    method,
    host,
    path,
    status,
    code,
    durationMs,
    release,
    client,
    function: route === null ? null : { name: route.functionName, versionId: route.versionId, path: route.path },
    upstream: route === null ? null : route.upstream,
    dataPlane
  }
}

export function representTrace (found: FoundTrace): Static<typeof requestTrace> {
  const { functionMs, bodyBytes, revision, worker, apiKeyId, attempts, stages }: RequestTrace = found.trace
  return { ...represent(found), waitedMs: functionMs, bodyBytes, revision, worker, apiKeyId, attempts, stages }
}

export function representTraces ({ items, gaps }: { items: FoundTrace[], gaps: Gaps }): Static<typeof traceList> {
  return { items: items.map(represent), ...gaps }
}
