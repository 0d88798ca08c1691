import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { waitWithContinue } from '../edge/expectations.ts'
import { answerAsHttp1, readAsHttp1, StreamResponse } from './stream-messages.ts'

export interface SessionOptions {
  maxHeaderBytes: number
  /** Fields of one request. */
  maxHeaders: number
  headersSeconds: number
  keepAliveMs: number
  onSession: (socket: Socket) => void
  /** Before it is served. */
  onStream: (socket: Socket, request: IncomingMessage) => void
  serve: (request: IncomingMessage, response: ServerResponse) => void
}

/** Connections on which HTTP/2 is spoken. */
export interface Sessions {
  accept: (socket: Socket) => void
  /** Takes no new requests; `false`: those that are on their way are still taken. */
  close: (isFinal: boolean) => void
  destroy: () => void
}

/** Requests of one client at a time; further ones are refused, and may be sent again. */
const maxStreams = 100
/** CVE-2023-44487: streams that are reset as soon as they are opened. As many at once, and then so many a second, before the connection is ended. */
const streamResets = { streamResetBurst: 2 * maxStreams, streamResetRate: 50 }
/** Frames that say nothing of use: invalid ones, and requests beyond those that may be. */
const maxUseless = 100
/** Of one connection, for answers that wait to be sent: how much of them there may be altogether is decided before (`Admission`). */
const maxSessionMb = 256
/** Said before the last request is known: none is refused by it (RFC 9113, section 6.8). */
const lastPossibleStream = 2 ** 31 - 1

/** Speaks HTTP/2 on connections that others have accepted, and asks for its requests to be served as those of HTTP/1. */
export function createSessions ({ maxHeaderBytes, maxHeaders, headersSeconds, keepAliveMs, onSession, onStream, serve }: SessionOptions): Sessions {
  const open = new Map<ServerHttp2Session, Socket>()
  let accepting: Socket
  const server = createServer({
    ...streamResets,
    maxSessionInvalidFrames: maxUseless,
    maxSessionRejectedStreams: maxUseless,
    maxSessionMemory: maxSessionMb,
    maxSettings: 16,
    // And the pseudo headers; one more than there may be is enough to refuse them.
    maxHeaderListPairs: maxHeaders + 5,
    settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: maxHeaderBytes, enableConnectProtocol: false },
    Http2ServerResponse: StreamResponse
  })
  server.on('session', session => {
    const socket = accepting
    open.set(session, socket)
    onSession(socket)
    // It has begun to speak, and does not ask.
    const impatience = setTimeout(() => session.destroy(), headersSeconds * 1_000).unref()
    session.once('stream', () => clearTimeout(impatience))
    session.setTimeout(keepAliveMs, () => session.close())
    session.on('error', () => undefined)
    session.once('close', () => {
      clearTimeout(impatience)
      open.delete(session)
    })
  })
  // Of a single session, whose end says it.
  server.on('sessionError', () => undefined)
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const socket = open.get(request.stream.session as ServerHttp2Session)
    if (socket === undefined) return
    const asked = readAsHttp1(request)
    onStream(socket, asked)
    endAfterAnswer(request)
    serve(asked, answerAsHttp1(response))
  })
  waitWithContinue(server)
  return {
    accept: socket => {
      accepting = socket
      // As servers of HTTP/1 have them, which answer clients that have nothing more to say: here, one that ends is gone.
      socket.allowHalfOpen = false
      server.emit('connection', socket)
    },
    close: isFinal => {
      for (const session of open.keys()) {
        if (isFinal) session.close()
        else if (!session.closed) session.goaway(constants.NGHTTP2_NO_ERROR, lastPossibleStream)
      }
    },
    destroy: () => { for (const session of open.keys()) session.destroy() }
  }
}

/** RFC 9113, section 8.1: what is left of a body that nobody wants need not be sent. */
function endAfterAnswer (request: Http2ServerRequest): void {
  const { stream } = request
  if (stream.endAfterHeaders) return
  stream.once('finish', () => {
    if (!request.complete && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR)
  })
}
