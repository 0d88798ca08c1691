import { Type, type Static } from 'typebox'
import { headerName, headerNamePattern, headerValue } from '../fields.ts'

export const changes = (description: string) => Type.Optional(Type.Object({
  set: Type.Optional(Type.Record(Type.String({ pattern: headerNamePattern }), headerValue, { maxProperties: 50, description: 'Put in the place of what is there.' })),
  default: Type.Optional(Type.Record(Type.String({ pattern: headerNamePattern }), headerValue, { maxProperties: 50, description: 'Put where there is none of that name.' })),
  remove: Type.Optional(Type.Array(headerName, { maxItems: 50, description: 'Taken away, before anything is put.' }))
}, { additionalProperties: false, minProperties: 1, description }))

export const headersSchema = Type.Object({
  request: changes('What functions and upstreams are sent.'),
  response: changes('What clients are answered, problems included.')
}, {
  additionalProperties: false,
  minProperties: 1,
  title: 'headers',
  description: 'Sets and removes headers of requests and of answers. Those that belong to the connection, and those with which the gateway speaks for itself, stay as they are.'
})

export type HeadersSettings = Static<typeof headersSchema>
