import findMyWay, { type HTTPMethod } from 'find-my-way'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '#shared/errors.ts'

const onRoute = (): null => null

/** Tells a path that is not there (404) from one that does not have the method (405 with `Allow`: RFC 9110, section 15.5.6). */
export function watchRoutes (app: FastifyInstance): (request: FastifyRequest) => never {
  const known = findMyWay({ defaultRoute: onRoute, onBadUrl: onRoute, maxParamLength: 2_048 })
  const methods = new Set<string>()
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) {
      // A route within a prefix is announced with and without its trailing slash.
      if (known.hasRoute(name as HTTPMethod, url)) continue
      methods.add(name)
      known.on(name as HTTPMethod, url, onRoute)
    }
  })
  return request => {
    const path = request.url.split('?')[0]!
    const allowed = [...methods].filter(name => known.find(name as HTTPMethod, path) !== null)
    if (allowed.length === 0) throw new Problem('not_found')
    const allow = allowed.join(', ')
    throw new Problem('method_not_allowed', `Allowed here: ${allow}.`, { headers: { allow } })
  }
}
