import t from 'tap'
import { followFeed } from '../../data-plane/feed/client.ts'
import { ReplicaDamaged } from '../../data-plane/replica/errors.ts'
import { startFeedServer } from '../support/feed-server.ts'
import { createQueue } from '../support/queue.ts'
import { applyBatch, gatewayItem, openTestReplica, silent } from '../support/replica.ts'

t.test('a replica that turns out to be damaged is fed again from what takes its place', async t => {
  const { url, connections } = await startFeedServer(t)
  const { writer } = openTestReplica(t)
  applyBatch(writer, 4, [gatewayItem('shop')])
  let isDamaged = true
  const found = createQueue<ReplicaDamaged>()
  const { close } = followFeed({
    controlUrl: url, token: () => 'token-of-the-data-plane', environments: null, onChange: () => {}, onInvoke: () => {}, logger: silent,
    firstBackoffMs: 5, longestBackoffMs: 50,
    onDamage: error => {
      isDamaged = false
      found.push(error)
    },
    writer: { ...writer, begin: message => isDamaged ? fail() : writer.begin(message) }
  })
  t.teardown(close)
  const first = await connections.next()
  first.send({ type: 'begin', store: 'store-1', snapshot: false })
  await first.closed
  t.equal(await found.next(), damage)
  const second = await connections.next()
  t.match(second.query, { store: 'store-1', after: '4' })
})

const damage = new ReplicaDamaged('replica.sqlite is damaged')

function fail (): never {
  throw damage
}
