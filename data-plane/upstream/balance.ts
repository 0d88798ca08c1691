import type { IncomingHttpHeaders } from 'node:http'
import type { BalanceSettings } from '#shared/upstream-options.ts'
import { hashText, mixHash, unseeded } from '../canaries/hash.ts'
import type { Target } from './target.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Chooses one of the targets that are candidates; there is one at least. Nothing is made for it but a number. */
export type PickTarget = (targets: readonly Target[], request: EdgeRequest) => Target

export function compileBalance ({ algorithm, hashOn = 'client', hashKey = '' }: BalanceSettings = { algorithm: 'weighted' }): PickTarget {
  switch (algorithm) {
    case 'weighted': return inTurn
    case 'least-connections': return leastBusy
    case 'consistent-hash': {
      const read = readers[hashOn]
      const name = hashOn === 'header' ? hashKey.toLowerCase() : hashKey
      return (targets, request) => nearest(targets, hashText(unseeded, read(request, name) ?? request.exchange.address))
    }
  }
}

/** Smooth weighted round robin, as nginx does it: a heavy target's turns are spread among those of the others. */
function inTurn (targets: readonly Target[]): Target {
  let chosen: Target | null = null
  let total = 0
  for (const target of targets) {
    if (!target.isCandidate) continue
    target.state.turn += target.weight
    total += target.weight
    if (chosen === null || target.state.turn > chosen.state.turn) chosen = target
  }
  chosen!.state.turn -= total
  return chosen!
}

/** Of those that are equally busy, the one whose turn it is. */
function leastBusy (targets: readonly Target[]): Target {
  let least = Infinity
  for (const { isCandidate, state, weight } of targets) {
    if (isCandidate) least = Math.min(least, state.running / weight)
  }
  for (const target of targets) target.isCandidate &&= target.state.running / target.weight === least
  return inTurn(targets)
}

/**
 * Weighted rendezvous hashing: each target has a number of its own for each key, and the best one is chosen. One that goes takes nothing but its own
 * keys along, and all workers of all machines choose alike. For 32 targets and no more, that is cheaper than a ring to be kept.
 */
function nearest (targets: readonly Target[], key: number): Target {
  let chosen: Target | null = null
  let best = Infinity
  for (const target of targets) {
    if (!target.isCandidate) continue
    const score = -Math.log((mixHash(key ^ target.seed) + 1) / 4_294_967_297) / target.weight
    if (score >= best) continue
    best = score
    chosen = target
  }
  return chosen!
}

type Read = (request: EdgeRequest, name: string) => string | undefined

const readers: Record<NonNullable<BalanceSettings['hashOn']>, Read> = {
  client: ({ exchange: { caller } }) => caller?.clientId,
  address: ({ exchange }) => exchange.address,
  path: ({ exchange }) => exchange.target.path,
  header: ({ raw: { headers } }, name) => headerValue(headers, name),
  cookie: ({ raw: { headers } }, name) => cookieValue(headers.cookie, name),
  query: ({ exchange }, name) => new URLSearchParams(exchange.target.query).get(name) ?? undefined
}

function headerValue (headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** RFC 6265, section 4.2.1: pairs, divided by a semicolon and a space. */
function cookieValue (cookie: string | undefined, name: string): string | undefined {
  return cookie?.split(';').map(pair => pair.trim()).find(pair => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
