import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** What both kinds of server tell of requests that expect something before they send their body. */
interface ExpectingServer {
  on: (event: 'checkContinue' | 'checkExpectation', listener: RequestListener) => unknown
  emit: (event: 'request', request: IncomingMessage, response: ServerResponse) => boolean
}

/**
 * RFC 9110, section 10.1.1: `100 Continue` is sent when somebody begins to read the body, which is after every stage has let the request pass and,
 * where it goes to an upstream, after that was reached. What is refused before is never uploaded.
 */
export function waitWithContinue (server: ExpectingServer): void {
  server.on('checkContinue', (request, response) => {
    holdContinue(request, response)
    server.emit('request', request, response)
  })
  // Node would answer by itself, past all stages.
  server.on('checkExpectation', (request, response) => { server.emit('request', request, response) })
}

/** What is expected that nobody here can do. `null`: nothing. HTTP/1.0 does not know the field. */
export function expectationFault ({ headers: { expect }, httpVersionMajor, httpVersionMinor }: IncomingMessage): string | null {
  if (expect === undefined || (httpVersionMajor === 1 && httpVersionMinor === 0)) return null
  return expect.toLowerCase() === '100-continue' ? null : 'Nothing can be expected but 100-continue.'
}

/** Where it was not sent Node ends the connection with the answer: the body may come or not, so nobody knows where the next request begins. */
function holdContinue (request: IncomingMessage, response: ServerResponse): void {
  request.once('resume', () => {
    // An answer is there: what is read now is thrown away.
    if (!response.headersSent) response.writeContinue()
  })
}
