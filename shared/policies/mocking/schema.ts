import { Type, type Static } from 'typebox'
import { functionNamePattern } from '../../names.ts'
import { headerNamePattern, headerValue } from '../fields.ts'

export const mockingSchema = Type.Object({
  routes: Type.Record(Type.String({ pattern: functionNamePattern }), Type.Object({
    status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, default: 200 })),
    headers: Type.Optional(Type.Record(Type.String({ pattern: headerNamePattern }), headerValue, { maxProperties: 20 })),
    body: Type.Optional(Type.Unknown({ description: 'A text is sent as it is, with `text/plain`; anything else as JSON.' }))
  }, { additionalProperties: false }), { minProperties: 1, maxProperties: 200, description: 'Answers by the name of the function.' })
}, { additionalProperties: false, title: 'mocking', description: 'Answers in the place of functions and upstreams: for clients that are built before there is anything to call.' })

export type MockingSettings = Static<typeof mockingSchema>
