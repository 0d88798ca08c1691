import { Type, type Static, type TSchema } from 'typebox'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import type { Canary, EndedCanary } from '../store/documents.ts'
import { standardRule, type CanaryRule, type Counts } from './rule.ts'
import type { CanaryState } from './service.ts'

const nullable = <Schema extends TSchema>(schema: Schema, options: { description: string, default?: unknown }) => Type.Union([schema, Type.Null()], options)

const weight = Type.Number({ minimum: 0, maximum: 100, description: 'Per cent of the clients, with two decimals at most. 0: nobody but who sends the header.' })
const header = nullable(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$' }), {
  description: 'Name of a header with which a request chooses: `always` or `never`. `null`: none.', default: standardRule.header
})
const maxErrorShare = nullable(Type.Number({ minimum: 0, maximum: 1 }), {
  description: 'It is dropped when more than this share of its answers are 5xx, from 0 to 1. `null`: never by itself.', default: standardRule.maxErrorShare
})
const minRequests = Type.Integer({ minimum: 1, maximum: 1_000_000, default: standardRule.minRequests, description: 'Fewer answers in the window say nothing.' })
const windowSeconds = Type.Integer({ minimum: 10, maximum: 3_600, default: standardRule.windowSeconds, description: 'How far back answers count; never further than the last change of the canary.' })
const optional = { header: Type.Optional(header), maxErrorShare: Type.Optional(maxErrorShare), minRequests: Type.Optional(minRequests), windowSeconds: Type.Optional(windowSeconds) }

/** Of a release that is to be made. */
export const newCanary = Type.Object({ weight: Type.Optional(Type.Number({ ...weight, default: standardRule.weight })), ...optional }, { title: 'NewCanary', additionalProperties: false })
/** What a PATCH can change. */
export const canaryDraft = Type.Object({ weight, ...optional }, { additionalProperties: false })

const counts = Type.Object({
  requests: Type.Integer(),
  failures: Type.Integer({ description: 'Answers with a status of 500 or above.' }),
  errorShare: Type.Union([Type.Number(), Type.Null()], { description: 'From 0 to 1; `null`: nothing has been answered.' })
})

const runningCanary = Type.Object({
  release: Type.Integer({ description: 'Number of the release that takes a share of the requests.' }),
  beside: Type.Integer({ description: 'Number of the release that takes the rest.' }),
  weight,
  header,
  maxErrorShare,
  minRequests,
  windowSeconds,
  startedAt: timestamp,
  changedAt: Type.String({ format: 'date-time', description: 'When its weight or its rule last changed.' }),
  counts: Type.Object({ canary: counts, served: counts }, { description: 'What the two releases have answered in the window, in steps of ten seconds.' })
}, { title: 'RunningCanary' })

const endedCanary = Type.Object({
  release: Type.Integer(),
  outcome: Type.Enum(['finished', 'dropped', 'failed', 'replaced'], {
    description: '`finished`: it is what is served since. `dropped`: by its owner. `failed`: by its rule. `replaced`: by another release.'
  }),
  reason: Type.String(),
  endedAt: timestamp
}, { title: 'EndedCanary' })

export const canaryState = Type.Object({
  canary: Type.Union([runningCanary, Type.Null()], { description: '`null`: there is none.' }),
  last: Type.Union([endedCanary, Type.Null()], { description: 'What became of the one before; `null`: there was none.' })
}, { title: 'Canary', description: 'The canary that an environment has, and what became of the one before.' })

export const canaryParams = params({ gatewayId, envName: environmentName })
export const dropQuery = Type.Object({
  reason: Type.Optional(Type.String({ maxLength: 500, default: '', description: 'Why, for whoever looks at it later.' }))
}, { additionalProperties: false })

export type NewCanary = Static<typeof newCanary>
export type CanaryDraft = Static<typeof canaryDraft>

export function representCanary ({ environment: { release: beside, canary, lastCanary }, counts }: CanaryState): Static<typeof canaryState> {
  return {
    canary: canary === null || beside === null || counts === null
      ? null
      : { ...canary, beside, counts: { canary: representCounts(counts.canary), served: representCounts(counts.served) } },
    last: lastCanary satisfies EndedCanary | null
  }
}

/** As a PATCH sees it: what is off is left out. */
export function toDraft ({ weight, header, maxErrorShare, minRequests, windowSeconds }: Canary): CanaryDraft {
  return { weight, ...(header !== null && { header }), ...(maxErrorShare !== null && { maxErrorShare }), minRequests, windowSeconds }
}

/** A member that the patch has unset is off, or what it is by default. */
export function fromDraft ({ weight, header = null, maxErrorShare = null, ...rest }: CanaryDraft): CanaryRule {
  return { ...standardRule, ...rest, weight, header, maxErrorShare }
}

function representCounts ({ requests, failures }: Counts): Static<typeof counts> {
  return { requests, failures, errorShare: requests === 0 ? null : failures / requests }
}
