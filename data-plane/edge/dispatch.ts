import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '#shared/errors.ts'
import type { FunctionCall, FunctionResult, FunctionRunner } from '../functions/runner.ts'
import type { Admission } from '../overload/admission.ts'
import { finishReply } from '../policies/answer-head.ts'
import type { Lifecycle } from './drain.ts'
import { overloaded, unchanged } from './errors.ts'
import { shownRequest } from '../policies/shown-request.ts'
import { applyResultHeaders, checkStatus, prepareRequestHeaders } from './headers.ts'
import { sendStream } from './stream-answer.ts'

/** What the kernel takes at once is not counted as held. */
const smallBytes = 16 * 1024

/** Calls the function of the matched route and answers with what it returns, or throws. */
export function createDispatch (runner: FunctionRunner, lifecycle: Lifecycle, admission: Admission): (request: FastifyRequest, reply: FastifyReply) => void {
  const dispatch = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { exchange } = request
    exchange.isDispatched = true
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
      reply.send(error)
      return
    }
    called()
    try {
      answer(request, reply, result, admission)
    } catch (error) {
      reply.send(error)
    }
  }
  // Not handed to Fastify, which would wrap the promise for an answer that has been sent.
  return (request, reply) => void dispatch(request, reply)
}

function toCall (request: FastifyRequest): FunctionCall {
  const { id, exchange: { environment, target, key, match }, raw: { method, headers } } = request
  for (const step of environment!.policies.forward) step(headers, shownRequest(request))
  prepareRequestHeaders(headers, { requestId: id, consumerName: key === null ? null : key.consumerName })
  return {
    requestId: id,
    method: method!,
    url: `http://${target.authority}${target.path}${target.query === '' ? '' : `?${target.query}`}`,
    path: target.path,
    query: target.query,
    params: match!.params,
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : null,
    client: key === null ? null : key.client
  }
}

/** @throws {Problem} `function_result_invalid`, `overloaded`, and what has become of the key where it streams */
function answer (request: FastifyRequest, reply: FastifyReply, { status, headers, body }: FunctionResult, admission: Admission): void {
  checkStatus(status)
  applyResultHeaders(reply, headers, request.exchange.environment!.cors !== null)
  reply.code(status)
  finishReply(request, reply)
  if (body === null || status === 204 || status === 304) {
    reply.send()
    return
  }
  if (body instanceof Readable) {
    const { revokedBy } = request.exchange
    if (revokedBy === null) return sendStream(request, reply, body)
    body.destroy()
    throw new Problem(revokedBy)
  }
  if (body.length > smallBytes) hold(request, reply, Buffer.byteLength(body), admission)
  request.exchange.bodyBytes = request.raw.method === 'HEAD' ? 0 : Buffer.byteLength(body)
  reply.serializer(unchanged).send(body)
}

/** Until the client has taken it, or is gone: of answers that wait for others on the same connection nothing else is said. @throws {Problem} `overloaded` */
function hold ({ exchange, raw: { socket } }: FastifyRequest, { raw }: FastifyReply, bytes: number, admission: Admission): void {
  const { gatewayId } = exchange.environment!
  if (socket.destroyed) return
  if (!admission.take(gatewayId, bytes)) throw overloaded('There is no room for the answer.')
  let isHeld = true
  // The one may be told by the other while it is being told itself.
  const release = (): void => {
    if (isHeld) admission.giveBack(gatewayId, bytes)
    isHeld = false
    socket.off('close', release)
  }
  socket.on('close', release)
  raw.on('close', release)
}
