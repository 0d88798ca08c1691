import type { FastifyRequest } from 'fastify'

/** By what is known of the request by now. @throws {Problem} `malformed_request` for a path that cannot be decoded */
export function chooseLayer (request: FastifyRequest): void {
  const { exchange } = request
  const { environment, release, caller } = exchange
  const own = caller?.plugins ?? null
  if (!release!.hasPlugins && own === null) return
  const route = findRoute(request) ? exchange.match!.target : null
  exchange.layer = own !== null ? environment!.layers.ofClient(caller!, own, route) : route === null ? environment!.layers.base : route.layer
}

/** Looks once, for whichever stage needs it first. @throws {Problem} `malformed_request` for a path that cannot be decoded */
export function findRoute (request: FastifyRequest): boolean {
  const { exchange } = request
  exchange.match ??= exchange.release!.router.match(request.raw.method!, exchange.target.path)
  return exchange.match !== null
}
