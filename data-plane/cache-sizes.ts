import { servedReleases, type FeedEnvironment, type FeedGateway } from '#shared/feed.ts'
import type { Caller } from './hot-cache.ts'

// What things take in the heap of a worker once they have been worked out, in bytes. Estimates, rather above than below what was measured
// on Node 26: the sum of them is a bound on memory, and one environment may take as much as a hundred others.

/** A text in the heap, and the properties that hold it, by its length as JSON. */
const perCharacter = 4
const perEnvironment = 1_000
const perRelease = 3_000
const perRoute = 600
/** Routers have a tree for each method, and a node for each path in it. */
const perRoutedMethod = 2_400
const perGateway = 500
const perCaller = 400

/** With all of its releases compiled, which those beside the one that serves are only when somebody asks for them. */
export function environmentBytes (value: FeedEnvironment): number {
  const releases = servedReleases(value)
  const routes = releases.flatMap(release => release.routes)
  const routedMethods = routes.reduce((sum, { methods }) => sum + methods.length, 0)
  return perEnvironment + releases.length * perRelease + routes.length * perRoute + routedMethods * perRoutedMethod + textBytes(value)
}

export function gatewayBytes (gateway: FeedGateway): number {
  return perGateway + textBytes(gateway)
}

/** Its names are told in full once more, in that of the consumer. What its plugins come to is as much as their text again, and some. */
export function callerBytes ({ place, clientName, clientId, scopes, signingKeys, plugins }: Caller): number {
  const more = (scopes.length === 0 ? 0 : JSON.stringify(scopes).length) + (signingKeys.length === 0 ? 0 : JSON.stringify(signingKeys).length) + (plugins === null ? 0 : 1_000 + 2 * JSON.stringify(plugins).length)
  return perCaller + perCharacter * (place.length + clientName.length + clientId.length + more)
}

function textBytes (value: FeedEnvironment | FeedGateway): number {
  return perCharacter * JSON.stringify(value).length
}
