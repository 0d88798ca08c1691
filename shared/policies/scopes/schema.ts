import { Type, type Static } from 'typebox'
import { scope } from '../fields.ts'

export const scopesSchema = Type.Object({
  required: Type.Array(scope, { minItems: 1, maxItems: 20, uniqueItems: true, description: 'Scopes that a client, or its token, must have.' }),
  match: Type.Optional(Type.Enum(['all', 'any'], { default: 'all', description: 'Whether it must have all of them, or one.' }))
}, {
  additionalProperties: false,
  title: 'scopes',
  description: 'Refuses whoever lacks a scope, with 403 `scope_missing`. A client has the scopes that its owner gave it; one that comes with a token has those of the token.'
})

export type ScopesSettings = Static<typeof scopesSchema>
