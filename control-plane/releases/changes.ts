import { isDeepStrictEqual } from 'node:util'
import type { ReleaseRoute } from '#shared/feed.ts'

/** What becomes of one function's route between two releases. */
export interface RouteChange {
  change: 'added' | 'changed' | 'removed'
  functionName: string
  /** `null`: it was not served. */
  before: ReleaseRoute | null
  after: ReleaseRoute | null
  /** Members of the route that differ, such as `versionId` or `path`; of one that was added or removed, none. */
  fields: string[]
}

/** By function name; what stays as it is is not in it. */
export function compareRoutes (before: readonly ReleaseRoute[], after: readonly ReleaseRoute[]): RouteChange[] {
  const old = byFunction(before)
  const fresh = byFunction(after)
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort()
  return names.flatMap((functionName): RouteChange[] => {
    const [from, to] = [old.get(functionName) ?? null, fresh.get(functionName) ?? null]
    if (isDeepStrictEqual(from, to)) return []
    const change = from === null ? 'added' : to === null ? 'removed' : 'changed'
    return [{ change, functionName, before: from, after: to, fields: from !== null && to !== null ? differingFields(from, to) : [] }]
  })
}

function byFunction (routes: readonly ReleaseRoute[]): Map<string, ReleaseRoute> {
  return new Map(routes.map(route => [route.functionName, route]))
}

function differingFields (from: ReleaseRoute, to: ReleaseRoute): string[] {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]) as Set<keyof ReleaseRoute>
  return [...fields].filter(field => !isDeepStrictEqual(from[field], to[field])).sort()
}
