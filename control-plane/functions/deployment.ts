import { isDeepStrictEqual } from 'node:util'
import { Problem } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { compileRoutes, RouteConflict } from '#shared/routes.ts'
import { administrator } from '../authors.ts'
import { requireNoCanary } from '../canaries/in-progress.ts'
import { servedRoutes } from '../releases/served.ts'
import type { FunctionVersionSummary } from '../store/documents.ts'
import type { Deployment, Store } from '../store/store.ts'
import { defaultTimeoutMs } from './schema.ts'

/** Where functions are deployed when they are saved. */
export const deployEnvironment = 'dev'

/** What a change of the deployment environment comes to. `deployment` `null`: it serves all of this already. */
export interface Plan { deployment: Deployment | null, current: number | null }

/** @returns `null` where the gateway has no such environment */
export async function planDeployment (
  store: Store, gatewayId: string, createdAt: string, change: (routes: ReleaseRoute[]) => ReleaseRoute[]
): Promise<Plan | null> {
  const environment = await store.getEnvironment(gatewayId, deployEnvironment)
  if (environment === null) return null
  const before = await servedRoutes(store, environment)
  const routes = change(before)
  if (isDeepStrictEqual(routes, before)) return { deployment: null, current: environment.release }
  requireNoCanary(environment, '; functions can be saved and restored with ?deploy=false')
  return {
    deployment: { environment: deployEnvironment, routes, note: '', origin: { kind: 'deployment' }, author: administrator, forced: false, createdAt, basedOn: environment.release },
    current: environment.release
  }
}

/** @throws {Problem} `function_not_deployable`, `route_conflict` */
export async function planRoute (store: Store, gatewayId: string, createdAt: string, route: ReleaseRoute): Promise<Plan> {
  const plan = await planDeployment(store, gatewayId, createdAt, routes => withRoute(routes, route, deployEnvironment))
  if (plan !== null) return plan
  throw new Problem('function_not_deployable', `There is no environment "${deployEnvironment}"; with ?deploy=false the function is only stored.`)
}

/** How a release serves a version. */
export function routeOf (version: Omit<FunctionVersionSummary, 'number'>): ReleaseRoute {
  const { functionName, id: versionId, methods, path, upstream, timeoutMs = defaultTimeoutMs, limits, schedules, plugins } = version
  const base = { functionName, versionId, methods, path, ...(plugins && { plugins }) }
  if (upstream !== undefined) return { ...base, upstream }
  return { ...base, timeoutMs, ...(limits && { limits }), ...(schedules && { schedules }) }
}

/** Puts a function's route in the place of the one that it had. @throws {Problem} `route_conflict` */
export function withRoute (routes: ReleaseRoute[], route: ReleaseRoute, environment: string): ReleaseRoute[] {
  const index = routes.findIndex(({ functionName }) => functionName === route.functionName)
  const changed = index === -1 ? [...routes, route] : routes.with(index, route)
  checkRoutes(changed, route, environment)
  return changed
}

function checkRoutes (routes: ReleaseRoute[], added: ReleaseRoute, environment: string): void {
  try {
    compileRoutes(routes)
  } catch (error) {
    if (!(error instanceof RouteConflict)) throw error
    const other = (error.first === added ? error.second : error.first) as ReleaseRoute
    const detail = `${error.method} ${other.path} is answered by the function "${other.functionName}" in ${environment}`
    throw new Problem('route_conflict', `${detail}.`, {
      errors: [{ pointer: '/path', detail }], extra: { functionName: other.functionName }, cause: error
    })
  }
}
