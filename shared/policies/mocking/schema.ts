import { Type, type Static } from 'typebox'
import { functionNamePattern } from '../../names.ts'
import { headerNamePattern, headerValue } from '../fields.ts'

const answerFields = {
  headers: Type.Optional(Type.Record(Type.String({ pattern: headerNamePattern }), headerValue, { maxProperties: 20 })),
  body: Type.Optional(Type.Unknown({ description: 'A text is sent as it is, with `text/plain`; anything else as JSON.' })),
  examples: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 200 }), Type.Unknown(), {
    maxProperties: 50, description: 'Bodies by name, in the place of `body`. `Prefer: example=<name>` (RFC 7240) chooses one; otherwise it is the first.'
  })),
  schema: Type.Optional(Type.Unknown({ description: 'JSON Schema of the body, where there is neither: a value is made up that it lets pass, and the same each time. `$ref` leads to `#/$defs/<name>`.' }))
}

const answer = {
  status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, default: 200 })),
  ...answerFields,
  others: Type.Optional(Type.Record(Type.String({ pattern: '^[2-5]\\d\\d$' }), Type.Object(answerFields, { additionalProperties: false }), {
    maxProperties: 50, description: 'Answers of other statuses. `Prefer: code=<status>` chooses one.'
  }))
}

export const mockingSchema = Type.Object({
  ...answer,
  routes: Type.Optional(Type.Record(Type.String({ pattern: functionNamePattern }), Type.Object(answer, { additionalProperties: false }), {
    minProperties: 1, maxProperties: 200, description: 'Answers by the name of the function. Others are not mocked, unless something is said beside this.'
  })),
  $defs: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,200}$' }), Type.Unknown(), { maxProperties: 1_000, description: 'Schemas that others refer to as `#/$defs/<name>`.' }))
}, {
  additionalProperties: false,
  title: 'mocking',
  description: 'Answers in the place of functions and upstreams: for clients that are built before there is anything to call. With something fixed, with examples, or with what a schema lets pass.'
})

export type MockingSettings = Static<typeof mockingSchema>
export type MockAnswer = NonNullable<MockingSettings['routes']>[string]
