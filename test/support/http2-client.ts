import { once } from 'node:events'
import { connect, type ClientHttp2Session, type ClientSessionOptions, type IncomingHttpHeaders, type OutgoingHttpHeaders, type SecureClientSessionOptions } from 'node:http2'
import type { Test } from 'tap'
import { host } from './upstream.ts'

export interface StreamAnswer {
  /** 0: the stream was reset before one came. */
  status: number
  headers: IncomingHttpHeaders
  trailers: IncomingHttpHeaders
  text: string
  /** With which the stream ended; 0: as it should. */
  errorCode: number
}

export interface Http2Client {
  session: ClientHttp2Session
  ask: (path: string, headers?: OutgoingHttpHeaders, body?: string | Buffer) => Promise<StreamAnswer>
}

/** One connection on which HTTP/2 is spoken. */
export async function http2Client (t: Pick<Test, 'teardown'>, origin: string, options: ClientSessionOptions | SecureClientSessionOptions = {}): Promise<Http2Client> {
  const session = connect(origin, options)
  t.teardown(() => session.destroy())
  session.on('error', () => undefined)
  await once(session, 'connect')
  return {
    session,
    ask: async (path, headers = {}, body) => {
      const stream = session.request({ ':path': path, ':authority': host, ...(body !== undefined && { ':method': 'POST' }), ...headers }, { endStream: body === undefined })
      const answer: StreamAnswer = { status: 0, headers: {}, trailers: {}, text: '', errorCode: 0 }
      stream.setEncoding('utf8')
      stream.on('response', received => Object.assign(answer, { status: received[':status'], headers: received }))
      stream.on('trailers', trailers => { answer.trailers = trailers })
      stream.on('data', (text: string) => { answer.text += text })
      stream.on('error', () => undefined)
      if (body !== undefined) stream.end(body)
      await new Promise<void>(resolve => stream.once('close', resolve))
      return { ...answer, errorCode: stream.rstCode ?? 0 }
    }
  }
}
