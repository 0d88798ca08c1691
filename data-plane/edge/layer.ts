import { releaseHeader } from '#shared/plugins/served-by-headers.ts'
import type { CompiledRelease } from './release.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** By what is known of the request by now. @throws {Problem} `malformed_request` for a path that cannot be decoded */
export function chooseLayer (request: EdgeRequest): void {
  const { exchange } = request
  const { environment, release, caller } = exchange
  const own = caller?.plugins ?? null
  if (!release!.hasPlugins && own === null) return
  const route = findRoute(request) ? exchange.match!.target : null
  exchange.layer = own !== null ? environment!.layers.ofClient(caller!, own, route) : route === null ? environment!.layers.base : route.layer
}

/** Looks once, for whichever stage needs it first. @throws {Problem} `malformed_request` for a path that cannot be decoded */
export function findRoute (request: EdgeRequest): boolean {
  const { exchange } = request
  exchange.match ??= exchange.release!.router.match(request.raw.method!, exchange.target.path)
  return exchange.match !== null
}

/** From here on the request meets this release. */
export function serve ({ exchange }: EdgeRequest, reply: EdgeReply, release: CompiledRelease): void {
  exchange.release = release
  exchange.match = undefined
  exchange.layer = exchange.environment!.layers.base
  if (release.servedBy !== null) reply.header(releaseHeader, release.servedBy)
}
