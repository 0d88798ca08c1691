import { Type, type Static } from 'typebox'
import { functionNamePattern } from '../names.ts'
import { maxCost } from './costs.ts'
import { headerNamePattern } from './fields.ts'

/** What has a counter of its own. */
export const countedBy = Type.Union([
  Type.Literal('client'), Type.Literal('environment'), Type.Literal('route'), Type.Literal('address'),
  Type.Object({ header: Type.String({ pattern: headerNamePattern, description: 'Each value of this header.' }) }, { additionalProperties: false }),
  Type.Object({ claim: Type.String({ minLength: 1, maxLength: 100, description: 'Each value of this claim of the token that the request was let in with.' }) }, { additionalProperties: false })
], {
  default: 'client',
  description: 'What has a counter of its own: `client`, `environment`, `route`, `address`, `{"header": "x-tenant"}` or `{"claim": "sub"}`. Without a client, `client` means the address; so does a header or a claim that is not there.'
})

export type CountedBy = Static<typeof countedBy>

export const cost = Type.Integer({ minimum: 0, maximum: maxCost, default: 1, description: 'What a request counts for.' })
export const costs = Type.Record(Type.String({ pattern: functionNamePattern }), Type.Integer({ minimum: 0, maximum: maxCost }), {
  maxProperties: 500,
  description: 'What a request counts for, by the name of the function that its route has; others count for `cost`. A function says more exactly by `x-imprun-cost`.'
})
export const upstreamCost = Type.Boolean({ default: false, description: 'Whether an upstream may say by `x-imprun-cost` what the request counts for, as functions may.' })
