import { isDeepStrictEqual } from 'node:util'
import { Problem } from '#shared/errors.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import { compileRoutes, RouteConflict } from '#shared/routes.ts'
import { administrator } from '../authors.ts'
import { requireNoCanary } from '../canaries/in-progress.ts'
import { escapePointer } from '../field-errors.ts'
import { deployEnvironment } from '../functions/deployment.ts'
import { compareRoutes } from '../releases/changes.ts'
import type { EnvironmentSubject, Part } from './part.ts'
import type { Step } from './schema.ts'

/** What is to become of one function's route: another one, none, or none that could be. */
type Wish = ReleaseRoute | 'removed' | 'missing'

/**
 * What an environment serves then. Dev serves what the document says of functions, as it does when they are saved one by one, unless the
 * document names versions; another environment serves what it did, but for the versions that the document names.
 */
export function planRoutes (subject: EnvironmentSubject): Part {
  const { gatewayId, environment, before, now, prune, wanted } = subject
  const served = before?.routes ?? []
  const wishes = wishesOf(subject)
  const isLeftOver = ({ functionName }: ReleaseRoute): boolean => wanted?.serves !== undefined && environment !== deployEnvironment && !wishes.has(functionName)
  const kept = served.filter(route => !(prune && isLeftOver(route))).flatMap(route => {
    const wish = wishes.get(route.functionName) ?? route
    return wish === 'removed' ? [] : [wish === 'missing' ? route : wish]
  })
  const known = new Set(served.map(({ functionName }) => functionName))
  const routes = [...kept, ...[...wishes.values()].filter(wish => typeof wish === 'object').filter(({ functionName }) => !known.has(functionName))]
  const steps = stepsOf(subject, served, routes, wishes, new Set(served.filter(isLeftOver).map(({ functionName }) => functionName)))
  if (isDeepStrictEqual(routes, served)) return { steps, writes: [] }
  if (before !== null) requireNoCanary(before.environment)
  refuseConflicts(subject, routes)
  const deployment = { environment, routes, note: 'Imported', origin: { kind: 'import' } as const, author: administrator, forced: false, createdAt: now, basedOn: before?.environment.release ?? null }
  return { steps, writes: [{ write: 'createRelease', with: [gatewayId, deployment] }] }
}

function wishesOf ({ environment, document, state, functions, versions, wanted, prune }: EnvironmentSubject): Map<string, Wish> {
  const wishes = new Map<string, Wish>()
  if (environment === deployEnvironment) {
    for (const { name, route } of functions) wishes.set(name, route)
    for (const name of state?.functions.keys() ?? []) {
      if (prune && document.functions !== undefined && !Object.hasOwn(document.functions, name)) wishes.set(name, 'removed')
    }
  }
  for (const [name, versionId] of Object.entries(wanted?.serves ?? {})) {
    const route = versionId === null ? 'removed' : versions.get(versionId) ?? 'missing'
    wishes.set(name, typeof route === 'object' && route.functionName !== name ? 'missing' : route)
  }
  return wishes
}

function stepsOf (
  { environment, wanted, prune }: EnvironmentSubject, served: readonly ReleaseRoute[], routes: readonly ReleaseRoute[],
  wishes: ReadonlyMap<string, Wish>, leftOver: ReadonlySet<string>
): Step[] {
  const changes = new Map(compareRoutes(served, routes).map(change => [change.functionName, change]))
  const names = [...wishes.keys(), ...leftOver]
  return names.flatMap((name): Step[] => {
    const thing = { resource: 'route', environment, name } as const
    if (wishes.get(name) === 'missing') return [{ action: 'missing', ...thing, note: `There is no version ${wanted!.serves![name]!} of it here.` }]
    const change = changes.get(name)
    if (change === undefined) {
      const isServed = served.some(({ functionName }) => functionName === name)
      return isServed ? [{ action: leftOver.has(name) && !prune ? 'kept' : 'unchanged', ...thing }] : []
    }
    if (change.change === 'changed') return [{ action: 'changed', ...thing, fields: change.fields.map(field => `/${field}`) }]
    return [{ action: change.change === 'added' ? 'created' : 'removed', ...thing }]
  })
}

function refuseConflicts ({ environment, document }: EnvironmentSubject, routes: readonly ReleaseRoute[]): void {
  try {
    compileRoutes(routes)
  } catch (error) {
    if (!(error instanceof RouteConflict)) throw error
    const [first, second] = [error.first, error.second] as ReleaseRoute[]
    const named = [second!, first!].find(({ functionName }) => Object.hasOwn(document.functions ?? {}, functionName)) ?? second!
    const detail = `${error.method} ${first!.path} would be answered by "${first!.functionName}" and by "${second!.functionName}" in ${environment}`
    throw new Problem('route_conflict', `${detail}.`, { errors: [{ pointer: `/functions/${escapePointer(named.functionName)}/path`, detail }], cause: error })
  }
}
