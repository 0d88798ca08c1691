import { holderOf } from '#shared/connections/addresses.ts'
import { hashText, mixHash, unseeded } from '../canaries/hash.ts'
import { note } from '../explain/note.ts'
import { shownRequest } from '../policies/shown-request.ts'
import type { UpstreamService } from './service.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Where the request goes, and under which name that is recorded. `null`: the environment does not have it. */
export function chooseService (request: EdgeRequest): UpstreamService | null {
  const { exchange } = request
  const { environment, layer, match, caller, address } = exchange
  const upstream = match!.target.upstream!
  exchange.upstream = upstream.name
  const split = layer!.policies.split?.(shownRequest(request)) ?? null
  if (split === null) return upstream.service
  const subject = caller === null ? holderOf(address) : caller.clientId
  const share = mixHash(hashText(hashText(unseeded, `${environment!.routeName}/${split.seed}`), subject)) / 2 ** 32
  const name = split.at(share)
  note(exchange, 'upstream', 'passed', 'traffic-split', { upstream: name ?? upstream.name })
  if (name === null) return upstream.service
  exchange.upstream = name
  return environment!.upstreamOf(name)
}
