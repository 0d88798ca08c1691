import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '#shared/errors.ts'
import type { FunctionCall, FunctionResult, FunctionRunner } from '../functions/runner.ts'
import type { Lifecycle } from './drain.ts'
import { unchanged } from './errors.ts'
import { applyResultHeaders, checkStatus, prepareRequestHeaders } from './headers.ts'
import { sendStream } from './stream-answer.ts'

/** Calls the function of the matched route and answers with what it returns, or throws. */
export function createDispatch (runner: FunctionRunner, lifecycle: Lifecycle): (request: FastifyRequest, reply: FastifyReply) => void {
  const dispatch = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { exchange } = request
    exchange.isDispatched = true
    const calledAt = performance.now()
    const called = (): void => {
      exchange.functionMs = performance.now() - calledAt
      // The call may have been under way when the end was announced.
      if (lifecycle.draining) reply.header('connection', 'close')
    }
    try {
      const result = await runner.call(exchange.match!.target.fn!, toCall(request), exchange)
      called()
      answer(request, reply, result)
    } catch (error) {
      called()
      reply.send(error)
    }
  }
  // Not handed to Fastify, which would wrap the promise for an answer that has been sent.
  return (request, reply) => void dispatch(request, reply)
}

function toCall (request: FastifyRequest): FunctionCall {
  const { id, exchange: { target, key, match }, raw: { method, headers } } = request
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

/** @throws {Problem} `function_result_invalid`, and what has become of the key where it streams */
function answer (request: FastifyRequest, reply: FastifyReply, { status, headers, body }: FunctionResult): void {
  checkStatus(status)
  applyResultHeaders(reply, headers, request.exchange.environment!.cors !== null)
  reply.code(status)
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
  request.exchange.bodyBytes = request.raw.method === 'HEAD' ? 0 : Buffer.byteLength(body)
  reply.serializer(unchanged).send(body)
}
