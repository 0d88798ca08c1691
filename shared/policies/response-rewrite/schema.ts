import { Type, type Static } from 'typebox'
import { changes } from '../headers/schema.ts'

const when = Type.Object({
  statuses: Type.Optional(Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), { minItems: 1, maxItems: 100 })),
  codes: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9_]{1,60}$' }), { minItems: 1, maxItems: 100, description: 'Of problems, which the gateway answers by itself.' }))
}, { additionalProperties: false, description: 'Both have to fit. Default: every answer.' })

export const responseRewriteSchema = Type.Object({
  rules: Type.Array(Type.Object({
    when: Type.Optional(when),
    status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, description: 'In the place of the answer\'s. Neither is 204, 205 or 304: they say whether there is a body.' })),
    headers: changes('As with `headers`.'),
    body: Type.Optional(Type.Unknown({ description: 'In the place of a problem document, and of nothing else: what functions and upstreams answer is theirs. A text is sent as `text/plain`, anything else as JSON.' }))
  }, { additionalProperties: false }), { minItems: 1, maxItems: 50, description: 'The first that fits counts.' })
}, { additionalProperties: false, title: 'response-rewrite', description: 'Gives answers another status and other headers, and problems another body. `x-request-id` stays.' })

export type ResponseRewriteSettings = Static<typeof responseRewriteSchema>
