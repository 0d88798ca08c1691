import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, Http2ServerResponse, type Http2ServerRequest, type OutgoingHttpHeaders } from 'node:http2'

/** RFC 9113, section 8.2.2: what HTTP/1 says about a connection, nobody says on one that is shared. */
const aboutConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** An answer on a stream, for whoever answers in terms of HTTP/1. */
export class StreamResponse extends Http2ServerResponse {
  override setHeader (name: string, value: number | string | readonly string[]): void {
    if (!aboutConnection.has(name.toLowerCase())) super.setHeader(name, value)
  }

  /** The forms that are used here: none, an object, or names and values in turn. */
  override writeHead (status: number, fields?: unknown): this {
    return super.writeHead(status, withoutConnection(fields))
  }

  override addTrailers (fields: OutgoingHttpHeaders | ReadonlyArray<readonly [string, string]>): void {
    super.addTrailers(Array.isArray(fields) ? collect(fields.flat()) : fields as OutgoingHttpHeaders)
  }

  /** What ends in the middle is reset, and never looks whole. */
  override destroy (): this {
    if (!this.stream.destroyed) this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    return this
  }
}

Object.defineProperties(StreamResponse.prototype, {
  destroyed: {
    get (this: StreamResponse): boolean { return this.stream.destroyed || this.stream.closed }
  },
  // Node ends what a client has reset.
  writableFinished: {
    get (this: StreamResponse): boolean { return this.stream.writableFinished && !this.stream.aborted }
  }
})

function withoutConnection (fields: unknown): OutgoingHttpHeaders {
  if (!Array.isArray(fields)) return Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => !aboutConnection.has(name.toLowerCase())))
  return collect(fields)
}

/** @param fields names and values in turn */
function collect (fields: readonly string[]): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {}
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase()
    if (aboutConnection.has(name)) continue
    const before = kept[name]
    const value = fields[at + 1]!
    kept[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [String(before)]), value]
  }
  return kept
}

const pseudoHeaders = [':authority', ':method', ':path', ':scheme']

/** The client has reset the stream, or is gone. HTTP/1 calls it the same. */
class StreamAborted extends Error {
  readonly code = 'ECONNRESET'
}

/**
 * Makes a request of HTTP/2 one of HTTP/1.1, for stages that know no other: what the one says in pseudo headers and frames, the other says in `Host` and
 * `Transfer-Encoding` (RFC 9113, section 8.3.1; RFC 9110, section 7.2). What was said twice and differs stays there twice, and is refused as such.
 */
export function readAsHttp1 (request: Http2ServerRequest): IncomingMessage {
  const { headers, rawHeaders, stream } = request
  const authority = headers[':authority']
  let pseudo = 0
  while (rawHeaders[pseudo]?.startsWith(':')) pseudo += 2
  rawHeaders.splice(0, pseudo)
  // Node's own request reads its method and its target there; nobody else is to see them among the fields.
  for (const name of pseudoHeaders) if (name in headers) Object.defineProperty(headers, name, { enumerable: false })
  if (authority !== undefined && authority !== headers.host) rawHeaders.push('host', authority)
  if (authority !== undefined) headers.host = authority
  if (!stream.endAfterHeaders && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  // A target in absolute form is HTTP/1's alone: here it would be a second word for the host.
  if (!request.url.startsWith('/')) request.url = '*'
  failWhenAborted(request)
  return request as unknown as IncomingMessage
}

/**
 * Node ends the body of a request whose stream was reset as if it were whole, and waits with the end of the stream until somebody has read what had come of
 * it. Where the answer has been sent nobody is told.
 */
function failWhenAborted (request: Http2ServerRequest): void {
  const { stream } = request
  if (stream.endAfterHeaders) return
  // Who reads it hears of it; where nobody does, nobody has to.
  request.on('error', () => undefined)
  stream.prependListener('aborted', () => {
    request.destroy(new StreamAborted('the stream was reset'))
    process.nextTick(() => stream.destroy())
  })
}

export function answerAsHttp1 (response: Http2ServerResponse): ServerResponse {
  return response as unknown as ServerResponse
}
