import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '#shared/errors.ts'
import { note } from '../explain/note.ts'

/**
 * Sends a body as it is written: the head at once, each chunk when it comes. Where the body fails the connection is cut, since nothing else
 * tells the client that the rest is missing; where the client leaves, the body is told.
 */
export function sendStream (request: FastifyRequest, reply: FastifyReply, body: Readable): void {
  const { exchange, raw } = request
  if (raw.method === 'HEAD') {
    body.destroy()
    reply.send()
    return
  }
  body.once('error', (error: unknown) => {
    exchange.isCutOff = true
    exchange.code = error instanceof Problem ? error.code : 'internal'
    note(exchange, 'answer', 'failed', exchange.code)
  })
  // Not before: Fastify has then put the headers on it.
  reply.raw.once('pipe', () => {
    reply.raw.flushHeaders()
    body.on('data', (chunk: Buffer) => { exchange.bodyBytes += chunk.length })
  })
  reply.send(body)
}
