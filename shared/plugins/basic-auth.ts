import { Type, type Static } from 'typebox'

export const basicAuthSchema = Type.Object({}, {
  additionalProperties: false,
  title: 'basic-auth',
  description: 'HTTP Basic authentication (RFC 7617). The user is the name or the id of a client, and the password its API key.'
})

export type BasicAuthConfig = Static<typeof basicAuthSchema>
