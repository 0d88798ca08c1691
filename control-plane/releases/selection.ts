import { Problem, type FieldError } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { compileRoutes, RouteConflict } from '#shared/routes.ts'
import { routeOf } from '../functions/deployment.ts'
import type { FunctionVersionSummary } from '../store/documents.ts'
import { readAll } from '../store/read-all.ts'
import type { Store } from '../store/store.ts'

/** Some functions as another environment serves them, the rest as this one does. @throws {Problem} `validation_failed`, `route_conflict` */
export function pickFunctions (names: readonly string[], source: readonly ReleaseRoute[], target: readonly ReleaseRoute[], from: string): ReleaseRoute[] {
  const errors: FieldError[] = []
  const picked = names.flatMap((name, index) => {
    const route = source.find(({ functionName }) => functionName === name)
    if (route === undefined) errors.push({ pointer: `/functions/${index}`, detail: `is not served by ${from}` })
    return route ?? []
  })
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
  return merge(target, picked)
}

/** Versions named by id or number, the rest as it is. @throws {Problem} `validation_failed`, `route_conflict` */
export async function pickVersions (store: Store, gatewayId: string, versions: Readonly<Record<string, string | number>>, target: readonly ReleaseRoute[]): Promise<ReleaseRoute[]> {
  const errors: FieldError[] = []
  const picked: ReleaseRoute[] = []
  for (const [functionName, wanted] of Object.entries(versions)) {
    const version = await findVersion(store, gatewayId, functionName, wanted)
    if (version === null) errors.push({ pointer: `/functions/${functionName}`, detail: `there is no version ${wanted} of a function "${functionName}"` })
    else picked.push(routeOf(version))
  }
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
  return merge(target, picked)
}

async function findVersion (store: Store, gatewayId: string, functionName: string, wanted: string | number): Promise<FunctionVersionSummary | null> {
  if (typeof wanted === 'string') return await store.getFunctionVersion(gatewayId, functionName, wanted)
  const versions = await readAll(async page => await store.listFunctionVersions(gatewayId, functionName, page))
  return versions.find(({ number }) => number === wanted) ?? null
}

/** In the order of `target`; functions that are new to it come last. */
function merge (target: readonly ReleaseRoute[], picked: readonly ReleaseRoute[]): ReleaseRoute[] {
  const chosen = new Map(picked.map(route => [route.functionName, route]))
  const kept = target.map(route => chosen.get(route.functionName) ?? route)
  const known = new Set(target.map(({ functionName }) => functionName))
  const routes = [...kept, ...picked.filter(({ functionName }) => !known.has(functionName))]
  try {
    compileRoutes(routes)
  } catch (error) {
    if (!(error instanceof RouteConflict)) throw error
    const [first, second] = [error.first, error.second] as ReleaseRoute[]
    throw new Problem('route_conflict', `${error.method} ${first!.path} would be answered by "${first!.functionName}" and by "${second!.functionName}".`, { cause: error })
  }
  return routes
}
