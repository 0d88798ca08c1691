import { holderOf } from '#shared/connections/addresses.ts'
import type { TraceDetails } from '#shared/request-traces.ts'
import { isOwn, readChoice, type CompiledCanary } from '../canaries/choice.ts'
import { note } from '../explain/note.ts'
import type { Exchange } from './exchange.ts'
import { goThrough } from './gate.ts'
import { identifyAgain, meetsTwo } from './identify.ts'
import { chooseLayer, serve } from './layer.ts'
import type { Edge, Step } from './stage.ts'

const chosen: TraceDetails = { canary: true }
const notChosen: TraceDetails = { canary: false }

/** Chooses between the release and its canary; where that is the canary, what it asks for beside must hold as well. */
export function canary (): Step {
  return (request, reply) => {
    const { exchange } = request
    const { environment, isPreview } = exchange
    const { canary } = environment!
    if (canary === null || isPreview) return true
    exchange.stage = 'canary'
    const choice = readChoice(canary, request.raw.headers)
    const isChosen = choice ?? falls(canary, exchange)
    note(exchange, 'canary', 'passed', choice === null ? 'share' : 'header', isChosen ? chosen : notChosen)
    if (!isChosen) return true
    const admitted = exchange.layer!.policies.admit
    serve(request, reply, canary.release())
    chooseLayer(request)
    const { admit } = exchange.layer!.policies
    if (admit === admitted) return true
    exchange.stage = 'admission'
    return goThrough(admit, request, reply)
  }
}

/** Once more, where two releases may have been met. */
export function identification (edge: Edge): Step {
  return (request, reply) => !meetsTwo(request.exchange) || identifyAgain(request, reply, edge)
}

function falls (canary: CompiledCanary, { caller, address }: Exchange): boolean {
  return isOwn(canary, caller === null ? holderOf(address) : caller.clientId)
}
