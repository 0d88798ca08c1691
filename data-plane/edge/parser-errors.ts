import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import { rawProblem } from '#shared/raw-problem.ts'

/**
 * Answers what Node's parser refuses. There is no request then, so there are no stages, and the connection cannot go on: where the
 * next request would begin is not known.
 */
export function answerParserError (error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  // The client is gone, or an answer is under way, and it would take this one for that.
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return
  }
  const code = parserProblems[error.code ?? ''] ?? 'malformed_request'
  socket.end(rawProblem(new Problem(code), requestId), () => socket.destroy())
}

const parserProblems: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout'
}

/** Node has no public name for it; its own default handler asks the same. */
function isAnswering (socket: Socket): boolean {
  const { _httpMessage: response } = socket as { _httpMessage?: ServerResponse | null }
  return response !== null && response !== undefined
}
