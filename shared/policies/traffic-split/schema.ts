import { Type, type Static } from 'typebox'
import { functionNamePattern, maxUpstreamNameLength, upstreamNamePattern } from '../../names.ts'
import { headerNamePattern, headerValue } from '../fields.ts'

const values = (name: string, what: string) => Type.Optional(Type.Record(Type.String({ pattern: name }), headerValue, { minProperties: 1, maxProperties: 10, description: what }))

export const trafficSplitSchema = Type.Object({
  rules: Type.Array(Type.Object({
    match: Type.Optional(Type.Object({
      headers: values(headerNamePattern, 'Each with exactly this value.'),
      query: values('^.{1,100}$', 'Parameters, decoded, each with exactly this value.'),
      clients: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 100, description: 'Ids of clients.' })),
      routes: Type.Optional(Type.Array(Type.String({ pattern: functionNamePattern }), { minItems: 1, maxItems: 100, description: 'Names of endpoints.' }))
    }, { additionalProperties: false, minProperties: 1, description: 'All that is named has to be so. Left out: every request.' })),
    upstreams: Type.Array(Type.Object({
      name: Type.Optional(Type.String({ pattern: upstreamNamePattern, maxLength: maxUpstreamNameLength, description: 'Of an upstream of the environment. Left out: where the endpoint goes by itself.' })),
      weight: Type.Integer({ minimum: 0, maximum: 10_000, description: 'Its part of the sum of all.' })
    }, { additionalProperties: false }), { minItems: 1, maxItems: 20 })
  }, { additionalProperties: false }), { minItems: 1, maxItems: 50, description: 'The first that a request is matched by decides.' })
}, {
  additionalProperties: false,
  title: 'traffic-split',
  description: 'Sends a share of the requests of endpoints that go to an upstream to other upstreams. A client meets the same one each time, and where nobody is authenticated an address does: ' +
    'more weight keeps who was there, as far as the order stays. Answers that are [kept](cache.md) are given out whoever would have been asked.'
})

export type TrafficSplitSettings = Static<typeof trafficSplitSchema>
