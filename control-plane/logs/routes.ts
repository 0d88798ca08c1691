import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef } from '../schemas.ts'
import { logLine, logsHeaders, logsParams, logsQuery, representLine } from './schema.ts'
import type { LogService } from './service.ts'

export interface LogRoutesOptions { service: LogService }

const description = `A page may hold fewer lines than \`limit\`, or none, and still have a \`nextCursor\`: then so much was looked through.

With \`Accept: text/event-stream\` or \`follow=true\` the answer is a stream of Server-Sent Events: each line's \`data\` is a \`LogLine\`, and its
\`id\`, sent as \`Last-Event-ID\`, resumes the stream behind it. An event \`missed\` with \`{"lines": 3}\` tells of lines that were deleted before
they could be sent; \`null\` where nobody knows how many.`

/** `/v1/api-gateways/:gatewayId/environments/:envName/logs` */
export const logRoutes: FastifyPluginAsyncTypebox<LogRoutesOptions> = async (app, { service }) => {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'listLogs', summary: 'Read or follow what functions log', tags: ['Logs'], description,
      params: logsParams,
      querystring: logsQuery,
      headers: logsHeaders,
      response: { 200: pageSchema('LogPage', logLine) }
    }
  }, async (request, reply) => {
    const { query, headers, method } = request
    const ref = environmentRef(request.params)
    const follows = query.follow ?? prefersEvents(request.headers.accept)
    if (!follows || method === 'HEAD') return toPage(await service.list(ref, query, readPage(query)), representLine)
    const signal = AbortSignal.any([closing.signal, goneSignal(reply)])
    return sendEvents(reply, await service.follow(ref, query, headers['last-event-id'] ?? null, signal))
  })
}

function sendEvents (reply: FastifyReply, events: AsyncGenerator<string>): FastifyReply {
  return reply
    // Proxies that gather answers are told not to.
    .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(Readable.from(events, { objectMode: false, highWaterMark: 0 }))
}

function prefersEvents (accept = ''): boolean {
  return /(?:^|,)\s*text\/event-stream\s*(?:[;,]|$)/i.test(accept)
}

function goneSignal (reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}
