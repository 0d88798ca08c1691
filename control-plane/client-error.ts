import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { Problem } from '#shared/errors.ts'
import { rawProblem } from '#shared/raw-problem.ts'

/** Answers what Node's parser has refused: there is no request yet, so the answer is written to the socket. */
export function answerClientError (error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(rawProblem(problemOf(error.code), randomUUID()))
}

function problemOf (code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request_timeout')
  return new Problem('malformed_request')
}
