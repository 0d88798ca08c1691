import { authenticationPlugins } from '#shared/plugins/authentication-names.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { EnvironmentFacts, Finding, PreflightSubject } from './check.ts'

/** What the functions were tried behind, and would not stand behind any more. */
export function checkPlugins ({ source, target }: PreflightSubject): Finding[] {
  if (source === null) return []
  const names = (Object.keys(source.plugins) as Array<keyof Plugins>).filter(name => !isAuthentication(name) && target.plugins[name] === undefined)
  return [...checkAuthentication(source, target), ...names.sort().map((plugin): Finding =>
    ({ severity: 'warning', code: 'plugin_missing', plugin, message: `${source.name} has the plugin ${plugin}, and ${target.name} does not.` }))]
}

/** An environment that names no authentication asks for keys. */
function checkAuthentication (source: EnvironmentFacts, target: EnvironmentFacts): Finding[] {
  if (target.plugins.none === undefined || source.plugins.none !== undefined) return []
  return [{ severity: 'warning', code: 'authentication_missing', plugin: 'none', message: `${source.name} asks who calls, and ${target.name} lets everybody in.` }]
}

function isAuthentication (name: keyof Plugins): boolean {
  return (authenticationPlugins as readonly string[]).includes(name)
}
