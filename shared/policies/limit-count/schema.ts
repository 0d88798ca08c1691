import { Type, type Static } from 'typebox'
import { cost, costs, countedBy, upstreamCost } from '../counted-by.ts'

const count = Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Requests allowed in a window; or what they cost together.' })
const windowSeconds = Type.Integer({ minimum: 1, maximum: 86400, description: 'Length of the window.' })
const window = Type.Enum(['fixed', 'sliding'], {
  default: 'fixed',
  description: '`fixed`: begins with the first request that it counts, and then anew. `sliding`: at any time the last `windowSeconds` hold no more than `count`.'
})

export const limitCountSchema = Type.Object({
  count: Type.Optional(count),
  windowSeconds: Type.Optional(windowSeconds),
  window: Type.Optional(window),
  by: Type.Optional(countedBy),
  cost: Type.Optional(cost),
  costs: Type.Optional(costs),
  upstreamCost: Type.Optional(upstreamCost),
  limits: Type.Optional(Type.Array(Type.Object({
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'As clients read it in `RateLimit`.' }),
    count,
    windowSeconds,
    window: Type.Optional(window),
    by: Type.Optional(countedBy)
  }, { additionalProperties: false }), {
    minItems: 1, maxItems: 10, description: 'Several at once, in the place of `count` or beside it. A request passes all of them, or is counted by none.'
  })),
  failureMode: Type.Optional(Type.Enum(['open', 'closed'], {
    default: 'open',
    description: 'What happens where machines count together in Redis, and Redis is away: `open` lets requests in as far as each machine counts them by itself, `closed` answers 503 `limit_unavailable`.'
  }))
}, { additionalProperties: false, title: 'limit-count', description: 'At most `count` requests in `windowSeconds`; the one too many is answered 429 `rate_limit_exceeded`.' })

export type LimitCountConfig = Static<typeof limitCountSchema>
