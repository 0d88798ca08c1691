import { Type, type Static } from 'typebox'

export const limitCountSchema = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Requests allowed in a window.' }),
  windowSeconds: Type.Integer({ minimum: 1, maximum: 86400, description: 'Length of the fixed window; it begins with the first request counted.' }),
  by: Type.Optional(Type.Union([
    Type.Literal('client'), Type.Literal('environment'), Type.Literal('route'), Type.Literal('address')
  ], { default: 'client', description: 'What has a counter of its own. Without a client, `client` means the address.' })),
  failureMode: Type.Optional(Type.Union([
    Type.Literal('open'), Type.Literal('closed')
  ], {
    default: 'open',
    description: 'What happens where machines count together in Redis, and Redis is away: `open` lets requests in as far as each machine counts them by itself, `closed` answers 503 `limit_unavailable`.'
  }))
}, { additionalProperties: false, title: 'limit-count', description: 'At most `count` requests in `windowSeconds`.' })

export type LimitCountConfig = Static<typeof limitCountSchema>
