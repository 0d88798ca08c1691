import { Type, type Static, type TOptional, type TSchema } from 'typebox'
import { policySchemas } from '../policies/schemas.ts'
import { authenticationSchemas } from './authentication-schemas.ts'
import { corsSchema } from './cors.ts'
import { servedBySchema } from './served-by.ts'

/** `config.plugins` of a gateway or an environment, keyed by plugin name. Names follow Apache APISIX where it has the plugin. */
export const pluginsSchema = Type.Object({
  ...optional(authenticationSchemas),
  cors: Type.Optional(corsSchema),
  'served-by': Type.Optional(servedBySchema),
  ...optional(policySchemas)
}, { additionalProperties: false })

const layered = optional(policySchemas)
// What an endpoint asks of its clients no client can have otherwise.
const { scopes: _scopes, ...ofClients } = layered

/** Of one endpoint: goes with its version, and so from environment to environment. */
export const routePluginsSchema = Type.Object({ ...optional(authenticationSchemas), ...layered }, {
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
