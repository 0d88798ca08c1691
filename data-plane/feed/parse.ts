import { Type, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { publicKeyAlgorithms, type FeedItem, type FeedMessage } from '#shared/feed.ts'
import { functionLimitNames } from '#shared/function-limits.ts'
import { clientIdPattern, environmentNamePattern, functionNamePattern, gatewayIdPattern, scheduleNamePattern, upstreamNamePattern } from '#shared/names.ts'
import { clientPluginsSchema, pluginsSchema, routePluginsSchema } from '#shared/plugins/plugins.ts'
import { maxListedTraces } from '#shared/request-traces.ts'
import { routeMethods, routePathPattern } from '#shared/routes.ts'
import { settledOptions, targetWeight } from '#shared/upstream-options.ts'
import { maxTargets } from '#shared/upstream-standards.ts'
import { upstreamUrlPattern } from '#shared/upstreams.ts'
import { placeOf, type ItemPlace } from '../replica/refusals.ts'
import { FeedMalformed } from './lines.ts'

/** An item that cannot be used: only where it stands can. `null`: not even that. */
export interface UnusableItem {
  type: 'unusable'
  place: ItemPlace | null
  /** Names what is wrong, and quotes nothing. */
  reason: string
}

/**
 * Checked to the letter, plugins included: a data plane that does not know a plugin must not serve without it. Further members of
 * objects other than plugins are let through, so that a newer control plane can say more.
 * An item that is wrong is wrong alone, and is given out as such; where the stream itself is wrong, nothing after it can be relied upon.
 * @throws {FeedMalformed}
 */
export function parseFeedMessage (line: string): FeedMessage | UnusableItem {
  const message = parseJson(line)
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
  const validator = validators.get(type)
  if (validator === undefined) throw new FeedMalformed('a line is of no known type')
  if (validator.Check(message)) return message as FeedMessage
  const [error] = validator.Errors(message)
  const fault = `${error?.instancePath ?? ''} ${error?.message ?? ''}`
  if (!Object.hasOwn(places, String(type))) throw new FeedMalformed(`a ${String(type)} is not valid: ${fault}`)
  const isPlaced = places[type as FeedItem['type']].Check(message)
  return { type: 'unusable', place: isPlaced ? placeOf(message) : null, reason: `it is not valid: ${fault}` }
}

/** The parser's own error is dropped on purpose: its text quotes what it could not read. */
function parseJson (line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new FeedMalformed('a line is not JSON')
  }
}

const gatewayId = Type.String({ pattern: gatewayIdPattern })
const environment = Type.String({ pattern: environmentNamePattern })
const clientId = Type.String({ pattern: clientIdPattern })
const versionId = Type.String({ minLength: 1, maxLength: 100 })
const revision = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const timestamp = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})$' })
const nullable = <Schema extends TSchema> (schema: Schema) => Type.Union([schema, Type.Null()])

const gateway = Type.Object({ name: Type.String(), defaultEnvironment: environment, plugins: pluginsSchema })
// What is beyond its range is brought into it: ranges may differ from those of the control plane that let it pass.
const limits = Type.Object(Object.fromEntries(functionLimitNames.map(name => [name, Type.Optional(Type.Integer({ minimum: 0 }))])))
const routeBase = {
  functionName: Type.String({ pattern: functionNamePattern }),
  versionId,
  methods: Type.Array(Type.Union(routeMethods.map(method => Type.Literal(method))), { minItems: 1 }),
  path: Type.String({ pattern: routePathPattern }),
  plugins: Type.Optional(routePluginsSchema)
}
const functionRoute = Type.Object({
  ...routeBase,
  // One whose upstream cannot be read is no function's.
  upstream: Type.Optional(Type.Never()),
  timeoutMs: Type.Integer({ minimum: 1 }),
  limits: Type.Optional(limits),
  schedules: Type.Optional(Type.Array(Type.Object({ name: Type.String({ pattern: scheduleNamePattern }), cron: Type.String(), timeZone: Type.String() })))
})
const upstreamName = Type.String({ pattern: upstreamNamePattern })
const upstreamRoute = Type.Object({
  ...routeBase,
  upstream: Type.Object({ name: upstreamName, path: Type.Optional(Type.String({ pattern: routePathPattern })) })
})
const route = Type.Union([upstreamRoute, functionRoute])
const release = Type.Object({ number: Type.Integer({ minimum: 1 }), routes: Type.Array(route) })
const milliseconds = Type.Integer({ minimum: 1 })
const url = Type.String({ pattern: upstreamUrlPattern })
const target = Type.Object({ url, weight: targetWeight })
// Exactly one of the two. Options are checked to the letter: one that is not known may be what keeps others away.
const upstreamFields = {
  timeouts: Type.Object({ connectMs: milliseconds, firstByteMs: milliseconds, totalMs: milliseconds, idleMs: Type.Optional(milliseconds) }),
  ...settledOptions
}
const upstream = Type.Union([
  Type.Object({ url, targets: Type.Optional(Type.Never()), ...upstreamFields }),
  Type.Object({ url: Type.Optional(Type.Never()), targets: Type.Array(target, { minItems: 1, maxItems: maxTargets }), ...upstreamFields })
])
// Node gives the names of headers in lower case.
const headerName = Type.String({ pattern: '^[!#$%&\'*+.^_`|~0-9a-z-]+$' })
const environmentValue = Type.Object({
  plugins: pluginsSchema,
  variables: Type.Record(Type.String(), Type.String()),
  secrets: Type.Record(Type.String(), Type.String()),
  upstreams: Type.Optional(Type.Record(upstreamName, upstream)),
  quotaResets: Type.Optional(Type.Integer({ minimum: 0 })),
  release: nullable(release),
  canary: nullable(Type.Object({ release, weight: Type.Number({ minimum: 0, maximum: 100 }), header: nullable(headerName) })),
  previews: Type.Array(Type.Object({ release, expiresAt: timestamp }))
})
const certificate = Type.Object({ kind: Type.Union((['thumbprint', 'dns', 'uri', 'email'] as const).map(kind => Type.Literal(kind))), value: Type.String() })
const signingKey = Type.Union([
  Type.Object({ id: Type.String(), algorithm: Type.Literal('hmac-sha256'), secretVariable: Type.String(), encoding: Type.Optional(Type.Union([Type.Literal('utf8'), Type.Literal('base64')])) }),
  Type.Object({ id: Type.String(), algorithm: Type.Union(publicKeyAlgorithms.map(name => Type.Literal(name))), publicKey: Type.String() })
])
const client = Type.Object({
  name: Type.String(),
  enabled: Type.Boolean(),
  expiresAt: nullable(timestamp),
  scopes: Type.Optional(Type.Array(Type.String())),
  plugins: Type.Optional(clientPluginsSchema),
  quotaResets: Type.Optional(Type.Integer({ minimum: 0 })),
  certificates: Type.Optional(Type.Array(certificate)),
  signingKeys: Type.Optional(Type.Array(signingKey)),
  keys: Type.Array(Type.Object({
    apiKeyId: Type.String(), keyHash: Type.String({ pattern: '^[0-9a-f]{64}$' }), expiresAt: nullable(timestamp)
  }))
})
const functionVersion = Type.Object({ functionName: Type.String({ pattern: functionNamePattern }), bundle: Type.String(), sourceMap: Type.String() })
const invocation = Type.Object({
  gatewayId,
  environment,
  functionName: Type.String({ pattern: functionNamePattern }),
  timeoutMs: Type.Integer({ minimum: 1 }),
  limits,
  bundle: Type.String(),
  sourceMap: Type.String(),
  request: Type.Object({
    method: Type.Union(routeMethods.map(method => Type.Literal(method))),
    path: Type.String(),
    query: Type.String(),
    params: Type.Record(Type.String(), Type.String()),
    headers: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
    body: nullable(Type.String())
  })
})

const filter = Type.Object({ status: nullable(Type.String()), client: nullable(Type.String()), path: nullable(Type.String()), limit: Type.Integer({ minimum: 1, maximum: maxListedTraces }) })
const question = Type.Object({ gatewayId, environment, requestId: nullable(Type.String()), filter })

const schemas = {
  begin: Type.Object({ store: Type.String({ minLength: 1, maxLength: 200 }), snapshot: Type.Boolean() }),
  commit: Type.Object({ revision }),
  heartbeat: Type.Object({ revision }),
  gateway: Type.Object({ gatewayId, value: nullable(gateway) }),
  environment: Type.Object({ gatewayId, environment, value: nullable(environmentValue) }),
  client: Type.Object({ gatewayId, environment, clientId, value: nullable(client) }),
  'function-version': Type.Object({ gatewayId, versionId, value: functionVersion }),
  invoke: Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }), invocation }),
  ask: Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }), question })
} satisfies Record<FeedMessage['type'], TSchema>

/** Where items stand, whatever is in them. */
const places = {
  gateway: Compile(Type.Object({ gatewayId })),
  environment: Compile(Type.Object({ gatewayId, environment })),
  client: Compile(Type.Object({ gatewayId, environment, clientId })),
  'function-version': Compile(Type.Object({ gatewayId, versionId }))
} satisfies Record<FeedItem['type'], ReturnType<typeof Compile>>

const validators = new Map<unknown, ReturnType<typeof Compile>>(Object.entries(schemas).map(([type, schema]) => [type, Compile(schema)]))
