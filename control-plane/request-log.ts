import type { FastifyInstance } from 'fastify'
import { uplinkPrefix } from '#shared/uplink.ts'

/**
 * One line for each request, of what holds no secret: neither headers nor bodies nor the query, where a token may have been put by
 * mistake. What looks like a key is taken out of the path for the same reason.
 */
export function logRequests (app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    // Data planes ask all the time, and nobody is waiting for a person's answer.
    request.log[request.url.startsWith(uplinkPrefix) ? 'debug' : 'info']({
      method: request.method,
      path: request.url.split('?')[0]!.replaceAll(/imp_[^/]*/g, '[redacted]'),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10
    }, 'request')
  })
}
