import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { environmentNamePattern } from '#shared/names.ts'
import { feedHeartbeatMs } from '#shared/feed.ts'
import { nodeIdPattern } from '#shared/data-planes.ts'
import { requireDataPlane } from '../data-plane-tokens/access.ts'
import type { DataPlaneService } from '../data-planes/service.ts'
import type { Store } from '../store/store.ts'
import { followFeed } from './follow.ts'
import type { FeedReaders } from './readers.ts'

export interface FeedRoutesOptions {
  store: Store
  readers: FeedReaders
  dataPlanes: Pick<DataPlaneService, 'connect'>
  dataPlaneTokenHash: string
  heartbeatMs?: number
}

const feedQuery = Type.Object({
  store: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'The store whose state the reader holds.' })),
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'The revision that it holds.' })),
  environments: Type.Optional(Type.String({
    pattern: `^${environmentNamePattern.slice(1, -1)}(?:,${environmentNamePattern.slice(1, -1)})*$`,
    maxLength: 4_000,
    description: 'The environments that it may see, separated by commas; all where it is left out.'
  })),
  node: Type.Optional(Type.String({ pattern: nodeIdPattern, description: 'As which it tells what it serves.' }))
}, { additionalProperties: false })

/** `/v1/feed`: for data planes, which have a token of their own. */
export const feedRoutes: FastifyPluginAsyncTypebox<FeedRoutesOptions> = async (app, { store, readers, dataPlanes, dataPlaneTokenHash, heartbeatMs = feedHeartbeatMs }) => {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  requireDataPlane(app, { store, tokenHash: dataPlaneTokenHash })

  app.get('', { schema: { querystring: feedQuery, hide: true }, exposeHeadRoute: false }, async (request, reply) => {
    const { store: held = null, after = 0, environments, node } = request.query
    const gone = new AbortController()
    const reader = { store: held, after, environments: environments?.split(',') ?? null }
    const mailbox = readers.connect(reader.environments)
    const disconnect = node === undefined ? () => {} : dataPlanes.connect(node, request.dataPlane)
    reply.raw.once('close', () => {
      gone.abort()
      readers.disconnect(mailbox)
      disconnect()
    })
    const lines = followFeed(store, reader, { heartbeatMs, signal: AbortSignal.any([closing.signal, gone.signal]), mailbox })
    return reply
      .headers({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
      .send(Readable.from(lines, { objectMode: false, highWaterMark: 0 }))
  })
}
