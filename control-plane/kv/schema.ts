import { Type, type Static } from 'typebox'
import { kvLimits, maxKvBatch, type KvEntry } from '#shared/kv.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'

export const kvTag = 'Key-value store'

const { keyBytes, valueBytes, minTtlSeconds, maxTtlSeconds, listKeys } = kvLimits

const keyText = { maxLength: keyBytes, pattern: '^[^\\p{Cc}]+$', description: `At most ${keyBytes} bytes of UTF-8 without control characters.` }
const key = Type.String(keyText)
const prefix = Type.String({ ...keyText, pattern: '^[^\\p{Cc}]*$' })
const ttlSeconds = Type.Number({ minimum: minTtlSeconds, maximum: maxTtlSeconds, description: 'For how long; left out: for ever.' })
const version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const integer = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })

function nullable<Schema extends Type.TSchema> (schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

function operation<Op extends string, Properties extends Type.TProperties> (op: Op, properties: Properties) {
  return Type.Object({ op: Type.Literal(op), ...properties }, { additionalProperties: false })
}

/** JSON text. How long it may be is counted in bytes, by the service. */
const value = Type.String()
const lifetime = nullable(ttlSeconds)

/** As `KvOperation` in `shared/kv.ts`. */
const kvOperation = Type.Union([
  operation('get', { key }),
  operation('set', { key, value, ttlSeconds: lifetime }),
  operation('delete', { key, version: nullable(version) }),
  operation('list', { prefix, limit: Type.Integer({ minimum: 1, maximum: listKeys }), after: nullable(key) }),
  operation('increment', { key, by: integer, ttlSeconds: lifetime }),
  operation('compareAndSet', { key, version: nullable(version), value, ttlSeconds: lifetime })
])

export const kvRequests = Type.Object({
  requests: Type.Array(Type.Object({ gatewayId, environment: environmentName, operation: kvOperation }, { additionalProperties: false }), { maxItems: maxKvBatch })
}, { additionalProperties: false })

export const kvParams = params({ gatewayId, envName: environmentName })
export const kvEntryParams = params({ gatewayId, envName: environmentName, key })

export const kvQuery = Type.Object({
  prefix: Type.Optional(prefix),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: listKeys, default: 100, description: 'At most so many keys.' })),
  cursor: Type.Optional(Type.String({ maxLength: 1_000, description: 'The `nextCursor` of the page before.' }))
}, { additionalProperties: false })

const expiresAt = nullable(timestamp)
const entryVersion = Type.Integer({ description: 'Another one after every change; also in `ETag`.' })

export const kvKey = Type.Object({ key, expiresAt }, { title: 'KeyValueKey' })

export const kvEntryDraft = Type.Object({
  value: Type.Unknown({ description: `Any JSON of at most ${valueBytes} bytes.` }),
  ttlSeconds: Type.Optional(ttlSeconds)
}, { title: 'NewKeyValueEntry', additionalProperties: false })

export const kvEntry = Type.Object({
  key,
  value: Type.Unknown({ description: 'Any JSON.' }),
  version: entryVersion,
  expiresAt
}, { title: 'KeyValueEntry', description: 'What functions keep under a key with `ctx.kv`.' })

export type KvQuery = Static<typeof kvQuery>
export type KvEntryDraft = Static<typeof kvEntryDraft>

/** As text: the value is JSON already, however deep it goes. */
export function representEntry (key: string, { value, version, expiresAt }: KvEntry): string {
  return `{"key":${JSON.stringify(key)},"value":${value},"version":${version},"expiresAt":${JSON.stringify(expiresAt)}}`
}
