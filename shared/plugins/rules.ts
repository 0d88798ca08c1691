import type { FieldError } from '../errors.ts'
import { checkPolicies } from '../policies/modules.ts'
import { authenticationPlugins } from './authentication-names.ts'
import { checkAuthentication } from './authentication-rules.ts'
import { checkCors } from './cors-rules.ts'
import type { Plugins } from './plugins.ts'

// Apart from the schemas: these are needed where requests are answered, and a process takes a fifth of a second to load what schemas are made of.

/**
 * What an environment runs with: the gateway's plugins as defaults, each replaced as a whole by the environment's plugin of that name.
 * The authentication is one choice, so the environment's replaces the gateway's whatever their names.
 */
export function effectivePlugins (gateway: Plugins, environment: Plugins): Plugins {
  if (!authenticationPlugins.some(name => environment[name] !== undefined)) return { ...gateway, ...environment }
  const defaults = { ...gateway }
  for (const name of authenticationPlugins) delete defaults[name]
  return { ...defaults, ...environment }
}

/** In one order, whatever order they were sent in. `undefined` where there are none, so that nothing is kept. */
export function settledPlugins<Settings extends Plugins> (plugins: Settings | undefined): Settings | undefined {
  const entries = Object.entries(plugins ?? {}).sort(([a], [b]) => a < b ? -1 : 1)
  return entries.length === 0 ? undefined : Object.fromEntries(entries) as Settings
}

/** Rules that a JSON schema cannot say. `pointer` is where the plugins stand in the document. */
export function checkPlugins (plugins: Plugins, pointer: string): FieldError[] {
  return [...plugins.cors ? checkCors(plugins.cors, `${pointer}/cors`) : [], ...checkAuthentication(plugins, pointer), ...checkPolicies(plugins, pointer)]
}
