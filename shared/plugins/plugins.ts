import { Type, type Static } from 'typebox'
import type { FieldError } from '../errors.ts'
import { checkCors, corsSchema } from './cors.ts'
import { keyAuthSchema } from './key-auth.ts'
import { limitCountSchema } from './limit-count.ts'
import { noneSchema } from './none.ts'
import { servedBySchema } from './served-by.ts'

/** `config.plugins` of a gateway or an environment, keyed by plugin name. Names follow Apache APISIX where it has the plugin. */
export const pluginsSchema = Type.Object({
  'key-auth': Type.Optional(keyAuthSchema),
  none: Type.Optional(noneSchema),
  cors: Type.Optional(corsSchema),
  'limit-count': Type.Optional(limitCountSchema),
  'served-by': Type.Optional(servedBySchema)
}, { additionalProperties: false })

export type Plugins = Static<typeof pluginsSchema>

/**
 * What an environment runs with: the gateway's plugins as defaults, each replaced as a whole by the environment's plugin of that name.
 * The authentication is one choice, so the environment's replaces the gateway's whatever their names.
 */
export function effectivePlugins (gateway: Plugins, environment: Plugins): Plugins {
  const { 'key-auth': gatewayKeyAuth, none: gatewayNone, ...defaults } = gateway
  if (environment['key-auth'] || environment.none) return { ...defaults, ...environment }
  return {
    ...defaults,
    ...environment,
    ...(gatewayKeyAuth && { 'key-auth': gatewayKeyAuth }),
    ...(gatewayNone && { none: gatewayNone })
  }
}

/** Rules that a JSON schema cannot say. `pointer` is where the plugins stand in the document. */
export function checkPlugins (plugins: Plugins, pointer: string): FieldError[] {
  const errors: FieldError[] = plugins.cors ? checkCors(plugins.cors, `${pointer}/cors`) : []
  if (plugins.none && plugins['key-auth']) {
    errors.push({ pointer: `${pointer}/none`, detail: 'cannot stand beside key-auth; an environment has one or the other' })
  }
  return errors
}
