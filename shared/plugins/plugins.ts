import { Type, type Static, type TOptional, type TSchema } from 'typebox'
import { policySchemas } from '../policies/schemas.ts'
import { authenticationSchema } from './authentication.ts'
import { basicAuthSchema } from './basic-auth.ts'
import { corsSchema } from './cors.ts'
import { hmacAuthSchema } from './hmac-auth.ts'
import { jwtAuthSchema } from './jwt-auth.ts'
import { keyAuthSchema } from './key-auth.ts'
import { mtlsAuthSchema } from './mtls-auth.ts'
import { noneSchema } from './none.ts'
import { oauth2IntrospectionSchema } from './oauth2-introspection.ts'
import { servedBySchema } from './served-by.ts'

const authentication = {
  authentication: Type.Optional(authenticationSchema),
  'key-auth': Type.Optional(keyAuthSchema),
  'basic-auth': Type.Optional(basicAuthSchema),
  'hmac-auth': Type.Optional(hmacAuthSchema),
  'jwt-auth': Type.Optional(jwtAuthSchema),
  'mtls-auth': Type.Optional(mtlsAuthSchema),
  'oauth2-introspection': Type.Optional(oauth2IntrospectionSchema),
  none: Type.Optional(noneSchema)
}

/** `config.plugins` of a gateway or an environment, keyed by plugin name. Names follow Apache APISIX where it has the plugin. */
export const pluginsSchema = Type.Object({
  ...authentication,
  cors: Type.Optional(corsSchema),
  'served-by': Type.Optional(servedBySchema),
  ...optional(policySchemas)
}, { additionalProperties: false })

const layered = optional(policySchemas)
// What an endpoint asks of its clients no client can have otherwise.
const { scopes: _scopes, ...ofClients } = layered

/** Of one endpoint: goes with its version, and so from environment to environment. */
export const routePluginsSchema = Type.Object({ ...authentication, ...layered }, {
  additionalProperties: false, description: 'For this endpoint alone. Each replaces the plugin of that name that its environment or gateway has, as a whole; those of the authentication replace all of them.'
})

/** Of one client. */
export const clientPluginsSchema = Type.Object(ofClients, {
  additionalProperties: false, description: 'For requests of this client alone. Each replaces the plugin of that name that the endpoint, the environment or the gateway has, as a whole.'
})

function optional<Schemas extends Record<string, TSchema>> (schemas: Schemas): { [Name in keyof Schemas]: TOptional<Schemas[Name]> } {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, Type.Optional(schema)])) as { [Name in keyof Schemas]: TOptional<Schemas[Name]> }
}

export type Plugins = Static<typeof pluginsSchema>
export type RoutePlugins = Static<typeof routePluginsSchema>
export type ClientPlugins = Static<typeof clientPluginsSchema>
