import findMyWay, { type HTTPMethod } from 'find-my-way'
import { Problem } from './errors.ts'

/** Methods that a function can answer. CONNECT and TRACE are the proxy's own matter. HEAD is answered by GET where it is not named. */
export const routeMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export type RouteMethod = typeof routeMethods[number]

/**
 * A path pattern: segments of text, `:param` for one whole segment, and `*` as the last segment for all that follows.
 * Regular expressions and partial segments are not part of it: a pattern can neither blow up nor surprise.
 */
export const routePathPattern = '^/(?:(?:[A-Za-z0-9._~!$&\'()+,=@-]+|:[A-Za-z_][A-Za-z0-9_]*)/)*(?:[A-Za-z0-9._~!$&\'()+,=@-]+|:[A-Za-z_][A-Za-z0-9_]*|\\*)?$'

export interface Route {
  methods: readonly RouteMethod[]
  path: string
}

export interface RouteMatch<Target extends Route> {
  target: Target
  /** Percent-decoded. The wildcard's value is called `*`. */
  params: Record<string, string>
}

export interface Router<Target extends Route> {
  match: (method: string, path: string) => RouteMatch<Target> | null
  /** The methods that some route answers at this path, for `Allow`. Empty: the path is unknown. */
  allowedMethods: (path: string) => RouteMethod[]
}

/** Two routes of one environment that no request could tell apart. */
export class RouteConflict extends Error {
  override readonly name = 'RouteConflict'
  readonly first: Route
  readonly second: Route
  readonly method: RouteMethod

  constructor (first: Route, second: Route, method: RouteMethod) {
    super(`${method} ${second.path} is answered by another route already (${first.path})`)
    this.first = first
    this.second = second
    this.method = method
  }
}

const onRoute = (): null => null
const endsWithParameter = /\/:[^/]+$/

/**
 * Compiles routes once, when they are published. A text segment wins over a parameter, a parameter over the wildcard.
 * @throws {RouteConflict} where two routes share a method and differ at most in the names of their parameters.
 */
export function compileRoutes<Target extends Route> (targets: readonly Target[]): Router<Target> {
  refuseConflicts(targets)
  const all = createMatcher(targets)
  // The library lets a last parameter match nothing; a segment has at least one character. Most releases need no second matcher for that: it takes
  // as much memory as the first.
  const others = targets.filter(({ path }) => !endsWithParameter.test(path))
  const withSlash = others.length === targets.length ? all : createMatcher(others)
  const find = (method: string, path: string): RouteMatch<Target> | null => {
    const matcher = path.charCodeAt(path.length - 1) === 47 /* slash */ ? withSlash : all
    const found = matcher.find(method as HTTPMethod, path)
    if (found === null) return null
    // The library answers a path that it cannot decode with a handler of its own.
    if (found.handler !== onRoute) throw new Problem('malformed_request', 'The path has a percent-encoding that cannot be decoded.')
    return { target: found.store as Target, params: found.params as Record<string, string> }
  }
  return {
    match: (method, path) => find(method, path) ?? (method === 'HEAD' ? find('GET', path) : null),
    allowedMethods: path => {
      const allowed = routeMethods.filter(method => find(method, path) !== null)
      return allowed.includes('GET') && !allowed.includes('HEAD') ? [...allowed, 'HEAD'] : allowed
    }
  }
}

function createMatcher (targets: readonly Route[]): ReturnType<typeof findMyWay> {
  const matcher = findMyWay({
    caseSensitive: true,
    ignoreTrailingSlash: false,
    ignoreDuplicateSlashes: false,
    maxParamLength: 2048,
    onBadUrl: () => null
  })
  for (const target of targets) {
    for (const method of target.methods) matcher.on(method, target.path, onRoute, target)
  }
  return matcher
}

function refuseConflicts (targets: readonly Route[]): void {
  const taken = new Map<string, Route>()
  for (const target of targets) {
    for (const method of target.methods) {
      const shape = `${method} ${target.path.replaceAll(/:[^/]+/g, ':')}`
      const first = taken.get(shape)
      if (first) throw new RouteConflict(first, target, method)
      taken.set(shape, target)
    }
  }
}
