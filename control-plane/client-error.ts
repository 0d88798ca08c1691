import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { Problem, problemContentType } from '#shared/errors.ts'

/** Answers what Node's parser has refused: there is no request yet, so the answer is written to the socket. */
export function answerClientError (error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(error.code)
  const requestId = randomUUID()
  const body = JSON.stringify(problem.toDocument(requestId))
  socket.end([
    `HTTP/1.1 ${problem.statusCode} ${problem.title}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
    '',
    body
  ].join('\r\n'))
}

function problemOf (code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request_timeout')
  return new Problem('malformed_request')
}
