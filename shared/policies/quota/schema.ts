import { Type, type Static } from 'typebox'
import { cost, costs, upstreamCost } from '../counted-by.ts'

const count = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: 'Requests in a period; or what they cost together.' })
const period = Type.Enum(['day', 'week', 'month'], { description: 'By the calendar of `timeZone`; a week begins on Monday (ISO 8601).' })
const timeZone = Type.Optional(Type.String({ maxLength: 64, default: 'UTC', description: 'A time zone of the IANA database, such as `Europe/Berlin`.' }))
const by = Type.Optional(Type.Enum(['client', 'environment'], { default: 'client', description: 'Who has a quota: each client, or all requests of the environment together. Without a client, `client` means the environment.' }))

export const quotaSchema = Type.Object({
  count: Type.Optional(count),
  period: Type.Optional(period),
  timeZone,
  by,
  quotas: Type.Optional(Type.Array(Type.Object({ count, period, timeZone, by }, { additionalProperties: false }), {
    minItems: 1, maxItems: 6, description: 'Several at once, in the place of `count` or beside it. A request passes all of them, or is counted by none.'
  })),
  cost: Type.Optional(cost),
  costs: Type.Optional(costs),
  upstreamCost: Type.Optional(upstreamCost),
  failureMode: Type.Optional(Type.Enum(['closed', 'open'], {
    default: 'closed',
    description: 'What happens where nobody can count a request: `closed` answers 503 `limit_unavailable`, `open` lets it in.'
  }))
}, {
  additionalProperties: false,
  title: 'quota',
  description: 'At most `count` requests in a day, a week or a month; the one too many is answered 429 `quota_exceeded`. What is used survives restarts and new keys.'
})

export type QuotaConfig = Static<typeof quotaSchema>
