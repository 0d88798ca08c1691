import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import { Problem } from '#shared/errors.ts'
import { environmentNamePattern } from '#shared/names.ts'
import { feedHeartbeatMs } from '#shared/feed.ts'
import { nodeIdPattern } from '#shared/data-planes.ts'
import { answersHeader, answersTraces } from '#shared/request-traces.ts'
import { readBearer } from '../bearer.ts'
import { requireDataPlane } from '../data-plane-tokens/access.ts'
import { narrower, opens, type Scope } from '../data-plane-tokens/scope.ts'
import type { DataPlaneTokenService } from '../data-plane-tokens/service.ts'
import { watchToken } from '../data-plane-tokens/watch.ts'
import type { DataPlaneService } from '../data-planes/service.ts'
import type { FeedReader, Store } from '../store/store.ts'
import { chooseEncoding } from './encoding.ts'
import { followFeed, type FeedSources } from './follow.ts'
import { Followers } from './followers.ts'
import type { FeedReaders } from './readers.ts'
import { SharedReads } from './shared-reads.ts'
import { watchStall } from './stall.ts'
import { createTurns } from './turns.ts'
import { viewOf } from './view.ts'

/** Snapshots that are sent at a time, and how long one of them may take while others wait, before it waits, too. */
const snapshotsAtOnce = 16
const snapshotTurnMs = 10_000
const feedStallMs = 30_000

export interface FeedRoutesOptions {
  store: Store
  readers: FeedReaders
  dataPlanes: Pick<DataPlaneService, 'connect' | 'requireOwn'>
  dataPlaneTokens: Pick<DataPlaneTokenService, 'use'>
  dataPlaneTokenHash: string
  heartbeatMs?: number
  /** How long a reader may take nothing of what it is sent. */
  stallMs?: number
  /** For what is too much for memory. */
  spoolDirectory?: string
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

type FeedQuery = Omit<Static<typeof feedQuery>, 'node'>

/** `/v1/feed`: for data planes, which have tokens of their own. */
export const feedRoutes: FastifyPluginAsyncTypebox<FeedRoutesOptions> = async (app, options) => {
  const { store, readers, dataPlanes, dataPlaneTokens: tokens, dataPlaneTokenHash, heartbeatMs = feedHeartbeatMs, stallMs = feedStallMs } = options
  const closing = new AbortController()
  const access = { store, tokenHash: dataPlaneTokenHash }
  const sources = openSources(options)
  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', async () => sources.reads.close())
  requireDataPlane(app, access)

  app.get('', { schema: { querystring: feedQuery, hide: true }, exposeHeadRoute: false }, async (request, reply) => {
    const { dataPlane: identity, query: { node, ...query } } = request
    if (node !== undefined) await dataPlanes.requireOwn(node, identity.tokenId)
    const view = viewOf(store.id, identity.environments)
    const reader = readerOf(query, view, store.id, identity.environments)
    const gone = new AbortController()
    const mailbox = readers.connect(reader.environments, { node: node ?? null, answersTraces: request.headers[answersHeader] === answersTraces })
    const ends = [() => readers.disconnect(mailbox)]
    if (node !== undefined) ends.push(dataPlanes.connect(node, identity))
    if (identity.tokenId !== null) {
      ends.push(watchToken({ access, tokens, token: readBearer(request)!, tokenId: identity.tokenId, intervalMs: heartbeatMs, onRevoked: () => gone.abort() }))
    }
    reply.raw.once('close', () => {
      gone.abort()
      for (const end of ends) end()
    })
    const encoding = chooseEncoding(request.headers['accept-encoding'])
    const frames = followFeed(sources, reader, { heartbeatMs, signal: AbortSignal.any([closing.signal, gone.signal]), mailbox, view, encoding })
    const watched = watchStall(frames, stallMs, () => {
      request.log.warn({ node, stallMs }, 'a data plane takes nothing of what the feed sends it; it is cut off, and may go on from where it was')
      reply.raw.destroy()
    })
    return reply
      .headers({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store', ...(encoding !== 'identity' && { 'content-encoding': encoding }) })
      .send(Readable.from(watched, { objectMode: false, highWaterMark: 0 }))
  })
}

function openSources ({ store, spoolDirectory }: FeedRoutesOptions): FeedSources {
  return {
    storeId: store.id,
    reads: new SharedReads({ store, ...(spoolDirectory !== undefined && { directory: spoolDirectory }) }),
    followers: new Followers(store),
    turns: createTurns(snapshotsAtOnce, snapshotTurnMs)
  }
}

/** @throws {Problem} `data_plane_denied` for an environment that the token does not open: a data plane that lacks what its operator has told it to serve shall not look sound */
function readerOf ({ store: held, after = 0, environments }: FeedQuery, view: string, store: string, scope: Scope): FeedReader {
  const asked = environments?.split(',') ?? null
  const closed = asked?.find(environment => !opens(scope, environment))
  if (closed !== undefined) throw new Problem('data_plane_denied', `The token does not open the environment "${closed}".`)
  return { store: held === view ? store : null, after, environments: narrower(asked, scope) }
}
