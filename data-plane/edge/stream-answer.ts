import { finished, type Readable } from 'node:stream'
import { Problem } from '#shared/errors.ts'
import { note } from '../explain/note.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/**
 * Sends a body as it is written: the head at once, each chunk when it comes. Where the body fails the connection is cut, since nothing else
 * tells the client that the rest is missing; where the client leaves, the body is told.
 */
export function sendStream (request: EdgeRequest, reply: EdgeReply, body: Readable): void {
  const { exchange, raw } = request
  if (raw.method === 'HEAD') {
    body.destroy()
    reply.send()
    return
  }
  reply.writeHead()
  reply.raw.flushHeaders()
  body.once('error', (error: unknown) => {
    exchange.isCutOff = true
    exchange.code = error instanceof Problem ? error.code : 'internal'
    note(exchange, 'answer', 'failed', exchange.code)
  })
  body.on('data', (chunk: Buffer) => { exchange.bodyBytes += chunk.length })
  finished(body, { writable: false }, error => {
    if (error) reply.raw.destroy()
  })
  reply.raw.once('close', () => body.destroy())
  body.pipe(reply.raw)
}
