import { Problem, problemContentType, problemDocument, type FieldError, type ProblemCode, type ProblemDocument } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { retryAfterSeconds } from '#shared/retry-after.ts'
import { note } from '../explain/note.ts'
import { finishReply } from '../policies/answer-head.ts'
import { ReplicaDamaged } from '../replica/errors.ts'
import type { EdgeReply, ErrorHandler } from './reply.ts'
import type { EdgeRequest } from './request.ts'

export interface Refusal {
  /** In the place of the one that the code has. */
  status?: number | undefined
  detail?: string | undefined
  headers?: Record<string, string>
  errors?: FieldError[] | undefined
}

/** Answers with a problem that a stage has decided on. @returns that the request does not go on */
export function refuse (request: EdgeRequest, reply: EdgeReply, code: ProblemCode, { status, detail, headers, errors }: Refusal = {}): false {
  if (headers !== undefined) reply.headers(headers)
  const document = problemDocument(code, detail, request.id, errors)
  if (status !== undefined) document.status = status
  sendProblem(request, reply, document)
  return false
}

/** Somewhat later it may be answered. */
export function overloaded (detail?: string): Problem {
  return new Problem('overloaded', detail, { headers: { 'retry-after': retryAfterSeconds() } })
}

/** Whatever was thrown. Only a `Problem` says anything to the caller; the rest is told to the log. */
export function createErrorHandler (logger: Logger): ErrorHandler {
  return (error, request, reply) => {
    const problem = toProblem(error)
    if (problem.code === 'internal') logger.error({ err: error, requestId: request.id }, 'a request failed')
    // What the client has got of the answer must not look whole.
    if (reply.raw.headersSent) return void reply.raw.destroy()
    reply.headers(problem.headers)
    sendProblem(request, reply, problem.toDocument(request.id))
  }
}

function sendProblem (request: EdgeRequest, reply: EdgeReply, problem: ProblemDocument): void {
  const document = JSON.stringify(problem)
  const { exchange } = request
  exchange.code = problem.code
  note(exchange, exchange.stage, exchange.isDispatched ? 'failed' : 'refused', problem.code, exchange.policy === null ? { detail: problem.detail } : { policy: exchange.policy, detail: problem.detail })
  reply.code(problem.status).type(problemContentType)
  const sent = finishReply(request, reply, problem.code) ?? document
  exchange.bodyBytes = Buffer.byteLength(sent)
  reply.send(sent)
}

/** What the client has done while its body was read. */
const bodyErrors: Record<string, ProblemCode> = {
  // The client went away in the middle of its body, or broke its framing.
  ECONNRESET: 'malformed_request',
  HPE_INVALID_CHUNK_SIZE: 'malformed_request'
}

function toProblem (error: unknown): Problem {
  if (error instanceof Problem) return error
  // Of this row, or of all of them: the supervisor has been told, and puts something sound in its place.
  if (error instanceof ReplicaDamaged) return new Problem('environment_unusable', undefined, { headers: { 'retry-after': '1' }, cause: error })
  const code = error instanceof Error ? bodyErrors[String((error as NodeJS.ErrnoException).code)] : undefined
  return code === undefined ? new Problem('internal', undefined, { cause: error }) : new Problem(code)
}
