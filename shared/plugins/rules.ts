import type { FieldError } from '../errors.ts'
import { checkPolicies } from '../policies/modules.ts'
import { checkCors } from './cors-rules.ts'
import type { Plugins } from './plugins.ts'

// Apart from the schemas: these are needed where requests are answered, and a process takes a fifth of a second to load what schemas are made of.

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
  const errors: FieldError[] = [...plugins.cors ? checkCors(plugins.cors, `${pointer}/cors`) : [], ...checkPolicies(plugins, pointer)]
  if (plugins.none && plugins['key-auth']) {
    errors.push({ pointer: `${pointer}/none`, detail: 'cannot stand beside key-auth; an environment has one or the other' })
  }
  return errors
}
