import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problemContentType, problemDocument, type FieldError, type ProblemCode, type ProblemDocument } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { retryAfterSeconds } from '#shared/retry-after.ts'
import { note } from '../explain/note.ts'
import { finishReply } from '../policies/answer-head.ts'
import { ReplicaDamaged } from '../replica/errors.ts'

export interface Refusal {
  /** In the place of the one that the code has. */
  status?: number | undefined
  detail?: string | undefined
  headers?: Record<string, string>
  errors?: FieldError[] | undefined
}

/** Answers with a problem that a stage has decided on. */
export function refuse (request: FastifyRequest, reply: FastifyReply, code: ProblemCode, { status, detail, headers, errors }: Refusal = {}): void {
  if (headers !== undefined) reply.headers(headers)
  const document = problemDocument(code, detail, request.id, errors)
  if (status !== undefined) document.status = status
  sendProblem(request, reply, document)
}

/** Somewhat later it may be answered. */
export function overloaded (detail?: string): Problem {
  return new Problem('overloaded', detail, { headers: { 'retry-after': retryAfterSeconds() } })
}

/** Whatever was thrown. Only a `Problem` says anything to the caller; the rest is told to the log. */
export function createErrorHandler (logger: Logger): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const problem = toProblem(error)
    if (problem.code === 'internal') logger.error({ err: error, requestId: request.id }, 'a request failed')
    reply.headers(problem.headers)
    sendProblem(request, reply, problem.toDocument(request.id))
  }
}

function sendProblem (request: FastifyRequest, reply: FastifyReply, problem: ProblemDocument): void {
  const document = JSON.stringify(problem)
  const { exchange } = request
  exchange.code = problem.code
  note(exchange, exchange.stage, exchange.isDispatched ? 'failed' : 'refused', problem.code, exchange.policy === null ? { detail: problem.detail } : { policy: exchange.policy, detail: problem.detail })
  reply.code(problem.status).type(problemContentType)
  const sent = finishReply(request, reply, problem.code) ?? document
  exchange.bodyBytes = Buffer.byteLength(sent)
  reply.serializer(unchanged).send(sent)
}

/** Keeps Fastify from adding a charset to JSON types: RFC 8259, section 11 defines none. */
export function unchanged (payload: unknown): string {
  return payload as string
}

/** What Fastify itself refuses while it reads a body. */
const bodyErrors: Record<string, ProblemCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  // The client went away in the middle of its body, or broke its framing.
  ECONNRESET: 'malformed_request',
  HPE_INVALID_CHUNK_SIZE: 'malformed_request'
}

function toProblem (error: unknown): Problem {
  if (error instanceof Problem) return error
  // Of this row, or of all of them: the supervisor has been told, and puts something sound in its place.
  if (error instanceof ReplicaDamaged) return new Problem('environment_unusable', undefined, { headers: { 'retry-after': '1' }, cause: error })
  const code = error instanceof Error ? bodyErrors[(error as FastifyError).code] : undefined
  return code === undefined ? new Problem('internal', undefined, { cause: error }) : new Problem(code)
}
