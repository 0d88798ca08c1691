import { Readable } from 'node:stream'
import { Problem } from '#shared/errors.ts'
import type { FunctionResult } from '../functions/runner.ts'
import type { Admission } from '../overload/admission.ts'
import { changeHead, changesBodies, changeStream, changeWhole } from '../policies/answer-body.ts'
import { finishReply, headOf } from '../policies/answer-head.ts'
import { overloaded } from './errors.ts'
import { applyResultHeaders, checkStatus } from './headers.ts'
import { sendStream } from './stream-answer.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** What a function has answered, or an upstream where policies see bodies. */
export interface OriginAnswer extends FunctionResult {
  /** Bytes, where the body streams or is not sent; left out: nobody knows. */
  length?: number
}

/** Room for answers that are held until clients have taken them. */
export type AnswerRoom = Pick<Admission, 'take' | 'giveBack'>

/** What the kernel takes at once is not counted as held. */
const smallBytes = 16 * 1024

/** @throws {Problem} `function_result_invalid`, `overloaded`, and what has become of the key where it streams */
export function sendAnswer (request: EdgeRequest, reply: EdgeReply, given: OriginAnswer, room: AnswerRoom): void {
  checkStatus(given.status)
  const { exchange } = request
  const answer = exchange.turn === null ? given : exchange.turn.take(given, () => { exchange.running = null })
  if (answer === null) return
  const { status, headers, body } = answer
  applyResultHeaders(reply, headers, exchange.environment!.cors !== null)
  reply.code(status)
  finishReply(request, reply)
  if (body === null || status === 204 || status === 304) return sendHead(request, reply, answer)
  if (body instanceof Readable) {
    const { revokedBy } = exchange
    if (revokedBy === null) return sendParts(request, reply, body, answer.length ?? null)
    body.destroy()
    throw new Problem(revokedBy)
  }
  if (body.length > smallBytes) hold(request, reply, Buffer.byteLength(body), room)
  if (!changesBodies(request)) return sendWhole(request, reply, body)
  const changing = request.raw.method === 'HEAD' ? unsent(request, reply, body) : changeWhole(request, headOf(reply), Buffer.from(body))
  if (changing instanceof Promise) void sendLater(request, reply, changing)
  else if (changing === null) reply.send()
  else sendWhole(request, reply, changing)
}

/** Where there is no answer. What is kept may stand in for it. */
export function sendFailure (request: EdgeRequest, reply: EdgeReply, error: unknown, room: AnswerRoom): void {
  if (!isFailure(error) || !standIn(request, reply, room)) reply.fail(error)
}

/** @returns whether there is nothing more to be done: something that is kept has been sent, or nobody waits */
export function standIn (request: EdgeRequest, reply: EdgeReply, room: AnswerRoom): boolean {
  const { turn } = request.exchange
  if (turn === null) return false
  const kept = turn.failed()
  if (kept !== null) sendAnswer(request, reply, kept, room)
  return kept !== null || turn.isBackground
}

function isFailure (error: unknown): boolean {
  return !(error instanceof Problem) || error.statusCode >= 500
}

/** Without a body: because there is none, or because nobody asked for it. */
function sendHead (request: EdgeRequest, reply: EdgeReply, { status, body, length }: OriginAnswer): void {
  if (body instanceof Readable) body.destroy()
  const isHead = request.raw.method === 'HEAD'
  const isChanged = (isHead || status === 304) && changesBodies(request) && changeHead(request, headOf(reply), length ?? null).length > 0
  if (isHead && length !== undefined && !isChanged && status !== 204 && status !== 304) reply.header('content-length', length)
  reply.send()
}

/** @returns what says how long it would be; `null`: nobody knows, since it is not changed for nobody */
function unsent (request: EdgeRequest, reply: EdgeReply, body: string | Buffer): string | Buffer | null {
  return changeHead(request, headOf(reply), Buffer.byteLength(body)).length > 0 ? null : body
}

function sendParts (request: EdgeRequest, reply: EdgeReply, body: Readable, length: number | null): void {
  const changed = changesBodies(request) ? changeStream(request, headOf(reply), body, length) : body
  if (changed === body && length !== null) reply.header('content-length', length)
  sendStream(request, reply, changed)
}

function sendWhole (request: EdgeRequest, reply: EdgeReply, body: string | Buffer): void {
  request.exchange.bodyBytes = request.raw.method === 'HEAD' ? 0 : Buffer.byteLength(body)
  reply.send(body)
}

async function sendLater (request: EdgeRequest, reply: EdgeReply, changing: Promise<Buffer>): Promise<void> {
  try {
    sendWhole(request, reply, await changing)
  } catch (error) {
    // Of what has not come about.
    reply.removeHeader('content-encoding').removeHeader('etag').fail(error)
  }
}

/** Until the client has taken it, or is gone: of answers that wait for others on the same connection nothing else is said. @throws {Problem} `overloaded` */
function hold ({ exchange, raw: { socket } }: EdgeRequest, { raw }: EdgeReply, bytes: number, room: AnswerRoom): void {
  const { gatewayId } = exchange.environment!
  if (socket.destroyed) return
  if (!room.take(gatewayId, bytes)) throw overloaded('There is no room for the answer.')
  let isHeld = true
  // The one may be told by the other while it is being told itself.
  const release = (): void => {
    if (isHeld) room.giveBack(gatewayId, bytes)
    isHeld = false
    socket.off('close', release)
  }
  socket.on('close', release)
  raw.on('close', release)
}
