import type { CallAuth, FunctionCall, FunctionResult, FunctionRunner } from '../functions/runner.ts'
import type { Admission } from '../overload/admission.ts'
import { note } from '../explain/note.ts'
import type { Lifecycle } from './drain.ts'
import { askedRequest } from '../policies/asked-request.ts'
import { settleFunctionCost } from '../policies/settle.ts'
import { shownRequest } from '../policies/shown-request.ts'
import { sendAnswer, sendFailure } from './answer.ts'
import { refuse } from './errors.ts'
import { prepareRequestHeaders } from './headers.ts'
import { upgradeOf } from './upgrades.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** Calls the function of the matched route and answers with what it returns, or throws. */
export function createDispatch (runner: FunctionRunner, lifecycle: Lifecycle, admission: Admission): (request: EdgeRequest, reply: EdgeReply) => void {
  const dispatch = async (request: EdgeRequest, reply: EdgeReply): Promise<void> => {
    const { exchange } = request
    if (upgradeOf(request.raw) !== null) return void refuse(request, reply, 'websocket_unsupported')
    exchange.isDispatched = true
    exchange.stage = 'function'
    const calledAt = performance.now()
    const { gatewayId } = exchange.environment!
    const load = admission.begin(gatewayId)
    const called = (): void => {
      admission.end(load)
      admission.giveBack(gatewayId, exchange.heldBytes)
      exchange.functionMs = performance.now() - calledAt
      // The call may have been under way when the end was announced.
      if (lifecycle.draining) reply.header('connection', 'close')
    }
    let result: FunctionResult
    try {
      result = await runner.call(exchange.match!.target.fn!, toCall(request), exchange)
    } catch (error) {
      called()
      sendFailure(request, reply, error, admission)
      return
    }
    called()
    note(exchange, 'function', 'answered')
    try {
      settleFunctionCost(request, reply, result.headers)
      sendAnswer(request, reply, result, admission)
    } catch (error) {
      sendFailure(request, reply, error, admission)
    }
  }
  return (request, reply) => void dispatch(request, reply)
}

function toCall (request: EdgeRequest): FunctionCall {
  const { id, exchange: { layer, target, caller, match }, raw: { method, headers } } = request
  const asked = askedRequest(request, target.path)
  const { path, query } = asked ?? target
  for (const step of layer!.policies.forward) step(headers, shownRequest(request))
  prepareRequestHeaders(headers, { requestId: id, consumerName: caller === null ? null : caller.consumerName })
  return {
    requestId: id,
    method: asked === null ? method! : asked.method,
    url: `${request.protocol}://${target.authority}${path}${query === '' ? '' : `?${query}`}`,
    path,
    query,
    params: match!.params,
    headers,
    body: Buffer.isBuffer(request.body) && asked?.method !== 'GET' ? request.body : null,
    client: caller === null ? null : caller.client,
    auth: authOf(request)
  }
}

function authOf ({ exchange: { identifiedWith, scopes, claims } }: EdgeRequest): CallAuth | null {
  return scopes === null ? null : { method: identifiedWith ?? 'anonymous', scopes, claims }
}
