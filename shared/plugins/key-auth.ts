import { Type, type Static } from 'typebox'

export const keyAuthSchema = Type.Object({}, {
  additionalProperties: false,
  title: 'key-auth',
  description: 'Requires the key of an enabled client of this environment. The authentication of an environment that names none.'
})

export type KeyAuthConfig = Static<typeof keyAuthSchema>
