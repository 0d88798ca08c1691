import { problemContentType, type Problem } from './errors.ts'

/** A whole answer with a problem, for a socket on which there is no request to answer. The connection ends with it. */
export function rawProblem (problem: Problem, requestId: string): string {
  const body = JSON.stringify(problem.toDocument(requestId))
  const headers = Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${problem.statusCode} ${problem.title}\r\nContent-Type: ${problemContentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `X-Request-Id: ${requestId}\r\n${headers}Connection: close\r\n\r\n${body}`
}
