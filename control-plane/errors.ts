import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problemContentType, type ProblemCode } from '#shared/errors.ts'
import { StoreError } from './store/store.ts'

const retryAfterSeconds = '5'

/** The one place where errors become answers. Only a `Problem` speaks to the caller; what else is thrown is logged and stays here. */
export function answerError (error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error)
  if (problem.statusCode >= 500) request.log.error({ err: error, code: problem.code }, 'request failed')
  else request.log.info({ code: problem.code }, problem.title)
  reply
    .code(problem.statusCode)
    .headers({ ...problem.headers, 'x-request-id': request.id, 'cache-control': 'no-store' })
    // Serialized here: the schemas of routes describe what they answer, and an error must never fail by one.
    .serializer((document: unknown) => JSON.stringify(document))
    .type(problemContentType)
    .send(problem.toDocument(request.id))
}

export function toProblem (error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StoreError) return storeProblem(error)
  if (isFastifyError(error)) return frameworkProblem(error)
  return new Problem('internal', undefined, { cause: error })
}

function storeProblem (error: StoreError): Problem {
  const problem = (code: ProblemCode): Problem => new Problem(code, undefined, { cause: error })
  switch (error.code) {
    case 'not_found': return problem(missing[error.field ?? ''] ?? 'not_found')
    case 'exists': return problem('conflict')
    case 'revision_mismatch': return problem('precondition_failed')
    case 'is_default': return problem('environment_is_default')
    case 'limit': return problem('client_limit_reached')
    case 'unavailable': return new Problem('store_unavailable', undefined, { cause: error, headers: { 'retry-after': retryAfterSeconds } })
  }
}

const missing: Record<string, ProblemCode> = {
  gateway: 'api_gateway_not_found',
  environment: 'environment_not_found',
  client: 'client_not_found',
  token: 'data_plane_token_not_found',
  variable: 'variable_not_found',
  function: 'function_not_found'
}

function isFastifyError (error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('FST_')
}

function frameworkProblem (error: FastifyError): Problem {
  const problem = (code: ProblemCode, detail?: string): Problem => new Problem(code, detail, { cause: error })
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return problem('payload_too_large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': return problem('unsupported_media_type', 'Send application/json (PATCH: or application/merge-patch+json; import: or application/yaml).')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH': return problem('malformed_request', 'The body is not as long as Content-Length says.')
    case 'FST_ERR_BAD_URL': return problem('malformed_request', 'The path has a percent-encoding that cannot be decoded.')
    case 'FST_ERR_MAX_PARAM_LENGTH': return problem('not_found', 'No name is as long as this part of the path.')
    default: {
      const isCallersFault = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
      return problem(isCallersFault ? 'malformed_request' : 'internal')
    }
  }
}
