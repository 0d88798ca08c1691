import { hash } from 'node:crypto'
import type { FeedEnvironment, FeedGateway, ReleaseRoute } from '#shared/feed.ts'
import { Problem } from '#shared/errors.ts'
import { routeName } from '#shared/names.ts'
import { effectivePlugins } from '#shared/plugins/plugins.ts'
import { compileRoutes, type Route, type Router } from '#shared/routes.ts'
import type { RunnableFunction } from '../functions/runner.ts'
import { compileCors, type CompiledCors } from '../policies/cors.ts'
import type { CompiledLimit, LimitCompiler } from '../policies/limit-count.ts'
import type { ReplicaReader } from '../replica/replica.ts'

/** An environment as requests meet it: all that can be worked out beforehand has been. Never changed; a new state is a new one. */
export interface CompiledEnvironment {
  readonly gatewayId: string
  readonly environment: string
  /** What logs and metrics call it. */
  readonly routeName: string
  readonly authentication: 'key-auth' | 'none'
  readonly cors: CompiledCors | null
  readonly limit: CompiledLimit | null
  readonly router: Router<CompiledRoute>
}

export interface CompiledRoute extends Route {
  readonly fn: RunnableFunction
}

export interface EnvironmentSource {
  gatewayId: string
  gateway: FeedGateway
  environment: string
  value: FeedEnvironment
}

/** @throws {RouteConflict} where the release contradicts itself, which the control plane does not let happen */
export function compileEnvironment (source: EnvironmentSource, replica: ReplicaReader, compileLimit: LimitCompiler): CompiledEnvironment {
  const { gatewayId, gateway, environment, value } = source
  const plugins = effectivePlugins(gateway.plugins, value.plugins)
  const name = routeName(gatewayId, environment)
  return {
    gatewayId,
    environment,
    routeName: name,
    authentication: plugins.none ? 'none' : 'key-auth',
    cors: plugins.cors ? compileCors(plugins.cors) : null,
    limit: plugins['limit-count'] ? compileLimit(name, plugins['limit-count']) : null,
    router: compileRoutes((value.release?.routes ?? []).map(route => ({
      methods: route.methods,
      path: route.path,
      fn: runnable(source, route, replica)
    })))
  }
}

function runnable (source: EnvironmentSource, route: ReleaseRoute, replica: ReplicaReader): RunnableFunction {
  const { gatewayId, gateway, environment, value } = source
  const { functionName, versionId, timeoutMs } = route
  const variables = Object.entries(value.variables).sort(([a], [b]) => a < b ? -1 : 1)
  // Same key, same everything: so all that a function can see, and that the version does not decide, is in the hash.
  const settings = hash('sha256', JSON.stringify([gateway.name, timeoutMs, variables]), 'base64url').slice(0, 22)
  return {
    key: `${routeName(gatewayId, environment)}/${functionName}@${versionId}/${settings}`,
    gatewayId,
    gatewayName: gateway.name,
    environment,
    functionName,
    versionId,
    timeoutMs,
    variables: value.variables,
    code: () => {
      const version = replica.getFunctionVersion(gatewayId, versionId)
      if (version === null) throw new Problem('function_unavailable')
      return version
    }
  }
}
