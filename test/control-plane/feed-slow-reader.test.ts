import t from 'tap'
import { followFeed } from '../../control-plane/feed/follow.ts'
import { createMailbox } from '../../control-plane/feed/mailbox.ts'
import type { Store } from '../../control-plane/store/store.ts'
import type { FeedState } from '#shared/feed.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { connectFeed } from '../support/feed-reader.ts'

t.test('what a reader misses while it does not take anything comes as one change', async t => {
  let reads = 0
  const counted = (store: Store): Store => ({ ...store, readFeed: reader => { reads++; return store.readFeed(reader) } })
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const ended = new AbortController()
  const lines = followFeed(counted(store), { store: null, after: 0, environments: null }, { heartbeatMs: 60_000, signal: ended.signal, mailbox: createMailbox() })
  t.match((await lines.next()).value, /"revision":1\}\n$/)

  const taken = lines.next()
  for (let n = 0; n < 20; n++) await admin('PUT', '/api-gateways/shop/environments/dev/variables/A', { value: `${n}` })
  await taken
  t.match((await lines.next()).value, /"A":"19"[^]*"revision":21\}\n$/)
  t.ok(reads < 20, `${reads} reads for 20 commits`)
  ended.abort()
  t.strictSame(await lines.next(), { done: true, value: undefined })
})

t.test('nothing is read from the store for a socket that is full', async t => {
  const count = 1_000
  let read = 0
  const many = async function * (): AsyncGenerator<FeedState> {
    yield { type: 'begin', store: 'store', snapshot: true }
    const gateway = { name: 'x'.repeat(65_536), defaultEnvironment: 'prod', plugins: {} }
    for (; read < count; read++) yield { type: 'gateway', gatewayId: `g${read}`, value: gateway }
    yield { type: 'commit', revision: 1 }
  }
  const { url } = await startControlPlane(t, { wrapStore: store => ({ ...store, readFeed: many }) })
  const feed = await connectFeed(t, url)
  // Each of these goes through the same event loop, which would have read everything by then.
  for (let n = 0; n < 100; n++) await (await fetch(`${url}/healthz`)).text()
  const before = read
  t.ok(before < count, `${before} of ${count} were read`)
  let received = ''
  for await (const chunk of feed) {
    // The end of what was received is enough to find the last message in.
    received = `${received.slice(-100)}${String(chunk)}`
    if (received.includes('"type":"commit"')) break
  }
  t.equal(read, count)
})
