import { Type, type Static, type TProperties } from 'typebox'
import { variableNamePattern } from './names.ts'
import { headerNamePattern } from './policies/fields.ts'
import { maxTargetWeight } from './upstream-standards.ts'

const closed = { additionalProperties: false } as const
const integer = (standard: number, minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, default: standard, description })
const statuses = (standard: number[], description: string) =>
  Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), { minItems: 1, maxItems: 50, uniqueItems: true, default: standard, description })

/** What is settled has everything that has a default; what is asked for may leave it out. */
const part = <Properties extends TProperties> (properties: Properties, options: { description: string, default?: object }) => {
  const settled = Type.Object(properties, { ...closed, ...options })
  return { settled, asked: Type.Partial(settled, { ...closed, ...options }) }
}

export const targetWeight = integer(1, 0, maxTargetWeight, 'Its share of the requests, beside the weights of the others. 0: none.')

/** Names as users of Kong, APISIX and Envoy know them. */
const balance = part({
  algorithm: Type.Enum(['weighted', 'least-connections', 'consistent-hash'], {
    default: 'weighted', description: '`weighted`: in turn, by weight. `least-connections`: where the fewest requests are under way, by weight. `consistent-hash`: the same target for the same `hashOn`.'
  }),
  hashOn: Type.Optional(Type.Enum(['client', 'address', 'path', 'header', 'cookie', 'query'], {
    description: 'Of `consistent-hash`. `client` (default): without authentication the address. Where a header, cookie or parameter is not there: the address.'
  })),
  hashKey: Type.Optional(Type.String({ pattern: headerNamePattern, description: 'Name of the header, cookie or parameter of the query.' }))
}, { description: 'Which of the targets is asked.' })

const active = part({
  path: Type.String({ pattern: '^/[!-~]*$', maxLength: 1_000, default: '/', description: 'Asked with `GET`, behind the path of the target.' }),
  intervalSeconds: integer(10, 1, 3_600, 'Between two checks of a target.'),
  timeoutMs: integer(2_000, 1, 60_000, 'For the whole check.'),
  healthyStatuses: statuses([200, 204], 'All other answers are failures.'),
  healthyAfter: integer(2, 1, 100, 'So many successes in a row bring a target back.'),
  unhealthyAfter: integer(3, 1, 100, 'So many failures in a row take a target out.')
}, { description: 'Targets are asked by the data plane itself, while requests go to the upstream.' })

const passive = part({
  unhealthyAfter: integer(3, 1, 100, 'So many failed requests in a row take a target out.'),
  unhealthyStatuses: statuses([502, 503, 504], 'What counts as failure beside connections that fail, are lost or time out.'),
  ejectSeconds: integer(10, 1, 3_600, 'For so long, and longer each time that nothing has succeeded in between, up to ten times.')
}, { description: 'What becomes of requests says how targets are.' })

const panicPercent = integer(0, 0, 100, 'Where a smaller share of the targets is healthy, health is not looked at. Where none is, it never is.')

const circuitBreaker = part({
  failurePercent: integer(50, 1, 100, 'So many of the requests of a window have failed: the circuit opens.'),
  minimumRequests: integer(20, 1, 10_000, 'Fewer in a window say nothing.'),
  windowSeconds: integer(10, 1, 600, 'How long requests are counted together.'),
  openSeconds: integer(10, 1, 3_600, 'For so long nothing is asked.'),
  halfOpenRequests: integer(3, 1, 100, 'So many are let through then; the circuit closes when all of them have succeeded, and opens again when one has failed.'),
  failureStatuses: statuses([500, 502, 503, 504], 'What counts as failure beside connections that fail, are lost or time out.')
}, { description: 'Of the upstream as a whole.' })

const budget = part({
  percent: integer(20, 0, 100, 'Of the requests, may be asked again.'),
  minPerSecond: integer(10, 0, 1_000, 'So many may be asked again in any case.')
}, { default: {}, description: 'What keeps retries from multiplying an outage; of one worker.' })

const retryCondition = Type.Enum(['connect-failure', 'reset', 'timeout', 'gateway-error'], {
  description: '`connect-failure`: there is no connection. `reset`: it was lost, or what came is not valid. `timeout`: no head of an answer in time. `gateway-error`: 502, 503 or 504.'
})
const retries = {
  attempts: integer(1, 0, 5, 'So many times beside the first one, on another target where there is one.'),
  on: Type.Array(retryCondition, { minItems: 1, uniqueItems: true, default: ['connect-failure', 'reset'], description: 'All but `connect-failure` for idempotent methods without a body alone.' }),
  perTryTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000, description: 'In the place of `timeouts.firstByteMs`, as long as there may be another attempt.' }))
}

const serverName = Type.String({ pattern: '^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$', maxLength: 253, description: 'In the place of the host of the URL: sent as SNI, and looked for in the certificate.' })
const variableName = Type.String({ pattern: `^(?!__proto__$)${variableNamePattern.slice(1)}` })
const tls = part({
  ca: Type.Optional(Type.String({ minLength: 1, maxLength: 32_768, description: 'Certificates (PEM) that are trusted instead of the usual ones.' })),
  clientCertificate: Type.Optional(Type.Object({
    certificate: variableName, key: variableName
  }, { ...closed, description: 'Names of a variable or secret of the environment with the certificate and those above it (PEM), and of a secret with its key.' })),
  serverName: Type.Optional(serverName),
  verify: Type.Boolean({ default: true, description: '`false`: whoever answers is believed. Only for tests.' }),
  minVersion: Type.Enum(['TLSv1.2', 'TLSv1.3'], { default: 'TLSv1.2' })
}, { description: 'Of targets with https.' })

const keepAlive = part({
  maxConnections: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_024, description: 'Of one worker to one target. What is more waits.' })),
  idleSeconds: integer(4, 1, 600, 'How long a connection is kept after an answer. An upstream may say less.'),
  maxRequests: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Over one connection.' }))
}, { description: 'Connections.' })

export const upstreamProtocol = Type.Enum(['http/1.1', 'h2', 'auto'], {
  description: '`http/1.1` (default). `h2`: HTTP/2, with http without asking before. `auto`: what the target chooses in the TLS handshake; HTTP/1.1 with http.'
})

/** As they are stored and sent to data planes. */
export const settledOptions = {
  balance: Type.Optional(balance.settled),
  healthChecks: Type.Optional(Type.Object({ active: Type.Optional(active.settled), passive: Type.Optional(passive.settled), panicPercent }, closed)),
  circuitBreaker: Type.Optional(circuitBreaker.settled),
  retries: Type.Optional(Type.Object({ ...retries, budget: budget.settled }, closed)),
  protocol: Type.Optional(upstreamProtocol),
  tls: Type.Optional(tls.settled),
  keepAlive: Type.Optional(keepAlive.settled)
}

/** As owners write them. */
export const askedOptions = {
  balance: Type.Optional(balance.asked),
  healthChecks: Type.Optional(Type.Object({ active: Type.Optional(active.asked), passive: Type.Optional(passive.asked), panicPercent: Type.Optional(panicPercent) }, { ...closed, description: 'Left out, several targets have `passive` with its defaults.' })),
  circuitBreaker: Type.Optional(circuitBreaker.asked),
  retries: Type.Optional(Type.Partial(Type.Object({ ...retries, budget: budget.asked }), { ...closed, description: 'Left out, several targets have them with their defaults.' })),
  protocol: Type.Optional(upstreamProtocol),
  tls: Type.Optional(tls.asked),
  keepAlive: Type.Optional(keepAlive.asked)
}

export interface UpstreamTarget {
  url: string
  weight: number
}

const options = Type.Object(settledOptions)
export type UpstreamOptions = Static<typeof options>
export type BalanceSettings = Static<typeof balance.settled>
export type ActiveCheckSettings = Static<typeof active.settled>
export type PassiveCheckSettings = Static<typeof passive.settled>
export type CircuitBreakerSettings = Static<typeof circuitBreaker.settled>
export type RetrySettings = NonNullable<UpstreamOptions['retries']>
export type RetryCondition = RetrySettings['on'][number]
export type TlsSettings = Static<typeof tls.settled>
export type KeepAliveSettings = Static<typeof keepAlive.settled>
export type UpstreamProtocol = Static<typeof upstreamProtocol>
