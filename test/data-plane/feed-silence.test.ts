import t from 'tap'
import { follow } from '../support/feed-server.ts'
import { gatewayItem } from '../support/replica.ts'

t.test('a feed that falls silent is given up, and followed anew', async t => {
  const { connections, changes, lines } = await follow(t, { heartbeatMs: 100 })
  const first = await connections.next()
  first.send({ type: 'begin', store: 'store-1', snapshot: true }, gatewayItem('shop'), { type: 'commit', revision: 3 })
  await changes.next()
  await first.closed
  t.strictSame((await connections.next()).query, { store: 'store-1', after: '3' })
  t.match(lines()[0], { err: { code: 'UND_ERR_BODY_TIMEOUT' } })
})

t.test('a control plane that takes the request and says nothing is given up, too', async t => {
  const { connections, lines } = await follow(t, { heartbeatMs: 100 })
  const first = await connections.next()
  await first.closed
  await connections.next()
  t.match(lines()[0], { err: { code: 'UND_ERR_HEADERS_TIMEOUT' } })
})

t.test('heartbeats keep it', async t => {
  const { connections, changes } = await follow(t, { heartbeatMs: 200 })
  const first = await connections.next()
  first.send({ type: 'begin', store: 'store-1', snapshot: true }, { type: 'commit', revision: 3 })
  await changes.next()
  // Longer than the silence that it would not bear.
  const { promise: beaten, resolve } = Promise.withResolvers<void>()
  let beats = 0
  const timer = setInterval(() => {
    first.send({ type: 'heartbeat', revision: 3 })
    if (++beats === 16) resolve()
  }, 50)
  t.teardown(() => clearInterval(timer))
  const ended = first.closed.then(() => 'ended')
  t.equal(await Promise.race([beaten, ended]), undefined)
  first.send({ type: 'begin', store: 'store-1', snapshot: false }, gatewayItem('shop'), { type: 'commit', revision: 4 })
  t.match(await changes.next(), { revision: 4 })
})
