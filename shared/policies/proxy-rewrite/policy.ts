import { compilePath } from '../../path-template.ts'
import { pathFault } from '../../request-path.ts'
import { changeRequest, compileChanges } from '../headers/policy.ts'
import type { AskedRequest, CompiledPolicy, PolicyModule, PolicyRequest } from '../policy.ts'
import type { ProxyRewriteSettings } from './schema.ts'

export const proxyRewrite: PolicyModule<ProxyRewriteSettings> = {
  // Before `headers`, which has the last word.
  priority: 50,
  check: ({ path }, pointer) => path !== undefined && pathFault(path) !== null ? [{ pointer: `${pointer}/path`, detail: 'must not have dot segments' }] : [],
  compile: ({ path, method, query, headers, host }): CompiledPolicy => {
    const pathOf = path === undefined ? null : compilePaths(path)
    const queryOf = query === undefined ? null : compileQuery(query)
    return {
      ...headers && { forward: changeRequest(compileChanges(headers)) },
      rewrite: (asked: AskedRequest, request: PolicyRequest) => {
        if (pathOf !== null) asked.path = pathOf(request.route!.path, request.path) ?? asked.path
        if (queryOf !== null) asked.query = queryOf(asked.query)
        if (method !== undefined && asked.method !== 'HEAD' && asked.method !== 'OPTIONS') asked.method = method
        if (host !== undefined) asked.host = host
      }
    }
  }
}

/** @returns `null` where the endpoint does not have what the path is made of, or nothing comes of it that may be asked */
function compilePaths (template: string): (pattern: string, path: string) => string | null {
  const parameters = template.match(/:[^/]+|\*/g) ?? []
  const compiled = new Map<string, ((path: string) => string) | null>()
  return (pattern, path) => {
    let make = compiled.get(pattern)
    if (make === undefined) {
      const segments = pattern.split('/')
      make = parameters.every(parameter => segments.includes(parameter)) ? compilePath(pattern, template) : null
      compiled.set(pattern, make)
    }
    const asked = make === null ? null : make(path)
    return asked === null || pathFault(asked) !== null ? null : asked
  }
}

/** What is kept stays as it was sent, and in its order. */
function compileQuery ({ set = {}, remove = [], keep }: NonNullable<ProxyRewriteSettings['query']>): (query: string) => string {
  const gone = new Set([...remove, ...Object.keys(set)])
  const kept = keep === undefined ? null : new Set(keep)
  const added = Object.entries(set).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  return query => {
    const pairs = query === '' ? [] : query.split('&').filter(pair => {
      const name = decodeName(pair.split('=', 1)[0]!)
      return !gone.has(name) && (kept === null || kept.has(name))
    })
    return [...pairs, ...added].join('&')
  }
}

function decodeName (name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return name
    throw error
  }
}
