import { Type, type Static } from 'typebox'
import { headerNamePattern } from '../policies/fields.ts'
import { cutStreams, maxStalenessSeconds } from './authentication.ts'

export const keyAuthSchema = Type.Object({
  headers: Type.Optional(Type.Array(Type.String({ pattern: headerNamePattern }), {
    minItems: 1, maxItems: 5, default: ['x-api-key', 'apikey'], description: 'In which headers a key may come. Upper and lower case are the same.'
  })),
  bearer: Type.Optional(Type.Boolean({ default: true, description: 'Whether it may come as `Authorization: Bearer`, too.' })),
  maxStalenessSeconds,
  cutStreams
}, {
  additionalProperties: false,
  title: 'key-auth',
  description: 'Requires the key of an enabled client of this environment. The authentication of an environment that names none.'
})

export type KeyAuthConfig = Static<typeof keyAuthSchema>
