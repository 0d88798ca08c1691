import { Type, type Static } from 'typebox'
import { maxUpstreamNameLength, upstreamNamePattern } from '#shared/names.ts'
import { askedOptions, settledOptions, targetWeight } from '#shared/upstream-options.ts'
import { maxTargets } from '#shared/upstream-standards.ts'
import { maxUpstreamUrlLength, upstreamTimeouts, upstreamUrlPattern } from '#shared/upstreams.ts'
import { upstreamSettingsOf, type Upstream } from '../store/documents.ts'
import { environmentName, gatewayId, params, routePath, timestamp } from '../schemas.ts'

/** Of one environment. */
export const maxUpstreams = 100

export const upstreamName = Type.String({
  pattern: upstreamNamePattern,
  maxLength: maxUpstreamNameLength,
  description: `Lower-case letters, digits and single hyphens inside, at most ${maxUpstreamNameLength}, beginning with a letter.`
})
const url = Type.String({
  pattern: upstreamUrlPattern,
  maxLength: maxUpstreamUrlLength,
  description: 'Begins with http:// or https://. The path of a route comes behind its own. No user name, query or fragment.',
  examples: ['https://orders.example.com/v2']
})
const milliseconds = ({ default: standard, maximum }: { default: number, maximum: number }, description: string) =>
  Type.Integer({ minimum: 1, maximum, default: standard, description })
const connectMs = milliseconds(upstreamTimeouts.connectMs, 'For look-up, TCP and TLS together.')
const firstByteMs = milliseconds(upstreamTimeouts.firstByteMs, 'From what was last sent of the request to the head of the answer.')
const totalMs = milliseconds(upstreamTimeouts.totalMs, 'To the last byte of the answer. A WebSocket may go on.')
const idleMs = milliseconds(upstreamTimeouts.idleMs, 'Of a WebSocket on which neither side says anything.')
const timeouts = Type.Object({ connectMs, firstByteMs, totalMs, idleMs })
const targets = { minItems: 1, maxItems: maxTargets, description: 'In the place of `url`: servers that share the requests.' }

export const upstreamDraft = Type.Object({
  url: Type.Optional(url),
  targets: Type.Optional(Type.Array(Type.Object({ url, weight: Type.Optional(targetWeight) }, { additionalProperties: false }), targets)),
  timeouts: Type.Optional(Type.Partial(timeouts, { additionalProperties: false })),
  ...askedOptions
}, { title: 'NewUpstream', additionalProperties: false, description: 'Where it is: `url`, or `targets`.' })

export const upstreamSettings = Type.Object({
  url: Type.Optional(url), targets: Type.Optional(Type.Array(Type.Object({ url, weight: targetWeight }), targets)), timeouts, ...settledOptions
})

export const upstream = Type.Object({ name: upstreamName, ...upstreamSettings.properties, createdAt: timestamp, updatedAt: timestamp }, {
  title: 'Upstream', description: 'Where an environment finds what its routes name beside functions. Promotion never carries it.'
})

/** Of an endpoint. */
export const routeUpstream = Type.Object({
  name: upstreamName,
  path: Type.Optional(Type.String({
    ...routePath, description: 'What is asked there, with the parameters of `path` and its `*`. Left out: the path of the request as it was sent.'
  }))
}, { additionalProperties: false, description: 'Where requests go, in the place of a function: an upstream of the environment, by its name.' })

export const upstreamsParams = params({ gatewayId, envName: environmentName })
export const upstreamParams = params({ gatewayId, envName: environmentName, upstreamName })

export type UpstreamDraft = Static<typeof upstreamDraft>

export function representUpstream (found: Upstream): Static<typeof upstream> {
  const { name, createdAt, updatedAt } = found
  return { name, ...upstreamSettingsOf(found), createdAt, updatedAt }
}
