import { Type, type Static } from 'typebox'

export const redirectSchema = Type.Object({
  rules: Type.Array(Type.Object({
    path: Type.String({
      pattern: '^/[\\x21-\\x22\\x24-\\x3e\\x40-\\x7e]*$', maxLength: 1_000,
      description: 'Compared with the path as it was sent. With `*` at its end: whatever begins like this.'
    }),
    to: Type.String({
      pattern: '^(?:https?://[^/\\s]+)?/[\\x21\\x23-\\x7e]*$', maxLength: 2_000,
      description: 'A URL, or a path of the same host. `*` at its end stands for what `*` stood for in `path`.'
    }),
    status: Type.Optional(Type.Enum([301, 302, 303, 307, 308], { default: 308, description: '308 and 307 keep the method and the body; 301 and 308 may be remembered by clients.' }))
  }, { additionalProperties: false }), { minItems: 1, maxItems: 200, description: 'The first that fits counts.' }),
  keepQuery: Type.Optional(Type.Boolean({ default: true, description: 'Whether the query goes along, where `to` has none.' }))
}, { additionalProperties: false, title: 'redirect', description: 'Sends clients elsewhere, before a key is looked at.' })

export type RedirectSettings = Static<typeof redirectSchema>
