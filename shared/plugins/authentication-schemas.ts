import { authenticationSchema } from './authentication.ts'
import { basicAuthSchema } from './basic-auth.ts'
import { hmacAuthSchema } from './hmac-auth.ts'
import { jwtAuthSchema } from './jwt-auth.ts'
import { keyAuthSchema } from './key-auth.ts'
import { mtlsAuthSchema } from './mtls-auth.ts'
import { noneSchema } from './none.ts'
import { oauth2IntrospectionSchema } from './oauth2-introspection.ts'

/** Ways to say who calls, and how several go together: one choice, whatever their names. */
export const authenticationSchemas = {
  authentication: authenticationSchema,
  'key-auth': keyAuthSchema,
  'basic-auth': basicAuthSchema,
  'hmac-auth': hmacAuthSchema,
  'jwt-auth': jwtAuthSchema,
  'oauth2-introspection': oauth2IntrospectionSchema,
  'mtls-auth': mtlsAuthSchema,
  none: noneSchema
}
