import { Type, type Static } from 'typebox'
import { countedBy } from '../counted-by.ts'

export const limitConcurrencySchema = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Requests at once.' }),
  by: Type.Optional(countedBy)
}, {
  additionalProperties: false,
  title: 'limit-concurrency',
  description: 'At most `count` requests at once, each until its answer has been sent to its end; the one too many is answered 429 `concurrency_exceeded`. Workers of one data plane count together, data planes do not.'
})

export type LimitConcurrencyConfig = Static<typeof limitConcurrencySchema>
