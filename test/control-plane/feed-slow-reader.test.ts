import type { Socket } from 'node:net'
import t from 'tap'
import { followFeed } from '../../control-plane/feed/follow.ts'
import { Followers } from '../../control-plane/feed/followers.ts'
import { createMailbox } from '../../control-plane/feed/mailbox.ts'
import { SharedReads } from '../../control-plane/feed/shared-reads.ts'
import { createTurns } from '../../control-plane/feed/turns.ts'
import type { Store } from '../../control-plane/store/store.ts'
import type { FeedState } from '#shared/feed.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { connectFeed, openFeed } from '../support/feed-reader.ts'
import { until } from '../support/until.ts'

t.test('what a reader misses while it does not take anything comes as one change', async t => {
  let reads = 0
  const counted = (store: Store): Store => ({ ...store, readFeed: reader => { reads++; return store.readFeed(reader) } })
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const ended = new AbortController()
  const sources = { storeId: store.id, reads: new SharedReads({ store: counted(store) }), followers: new Followers(store), turns: createTurns(1, 1_000) }
  t.teardown(() => sources.reads.close())
  const frames = followFeed(sources, { store: null, after: 0, environments: null }, { heartbeatMs: 60_000, signal: ended.signal, mailbox: createMailbox() })
  t.match(String((await frames.next()).value), /"revision":1\}\n$/)

  const taken = frames.next()
  for (let n = 0; n < 20; n++) await admin('PUT', '/api-gateways/shop/environments/dev/variables/A', { value: `${n}` })
  await taken
  t.match(String((await frames.next()).value), /"A":"19"[^]*"revision":21\}\n$/)
  t.ok(reads < 20, `${reads} reads for 20 commits`)
  ended.abort()
  t.strictSame(await frames.next(), { done: true, value: undefined })
})

const count = 1_000
/** Much to send, to whoever holds nothing. */
const withMuch = (store: Store): Store => ({
  ...store,
  readFeed: async function * ({ after }): AsyncGenerator<FeedState> {
    if (after === 1) return
    yield { type: 'begin', store: store.id, snapshot: true }
    const gateway = { name: 'x'.repeat(65_536), defaultEnvironment: 'prod', plugins: {} }
    for (let n = 0; n < count; n++) yield { type: 'gateway', gatewayId: `g${n}`, value: gateway }
    yield { type: 'commit', revision: 1 }
  }
})

t.test('nothing is kept in memory for a socket that is full', async t => {
  const { url, app } = await startControlPlane(t, { wrapStore: withMuch })
  const sockets: Socket[] = []
  app.server.on('connection', (socket: Socket) => sockets.push(socket))
  const feed = await connectFeed(t, url)
  const [socket] = sockets
  // Each of these goes through the same event loop, which would have sent everything by then.
  for (let n = 0; n < 100; n++) await (await fetch(`${url}/healthz`)).text()
  t.ok(socket!.writableLength < 1_000_000, `${socket!.writableLength} bytes wait`)
  t.ok(socket!.bytesWritten < count * 65_536, `${socket!.bytesWritten} bytes were sent`)
  let bytes = 0
  let end = ''
  for await (const chunk of feed) {
    bytes += (chunk as Buffer).length
    // The end of what was received is enough to find the last message in.
    end = `${end.slice(-100)}${String(chunk)}`
    if (end.includes('"type":"commit"')) break
  }
  t.ok(bytes > count * 65_536)
})

t.test('who takes nothing for long is cut off, which is logged, and goes on from where it was', async t => {
  const { url, store, logs } = await startControlPlane(t, { wrapStore: withMuch, feedStallMs: 50 })
  const feed = await connectFeed(t, url, `?node=${'a'.repeat(16)}`)
  await until('it is cut off', logs, text => text.includes('it is cut off'), 3_000)
  t.match(logs(), /"node":"a{16}","stallMs":50/)
  await t.rejects(async () => { for await (const chunk of feed) void chunk })
  const again = await openFeed(t, url, `?store=${store.id}&after=1`)
  t.match(await again.until(() => true), [{ type: 'heartbeat', revision: 1 }])
})
