import t from 'tap'
import { followFeed } from '../../data-plane/feed/client.ts'
import { ReplicaDamaged } from '../../data-plane/replica/errors.ts'
import { startFeedServer } from '../support/feed-server.ts'
import { openTestReplica, silent } from '../support/replica.ts'

t.test('a replica that turns out to be damaged is not fed any longer', async t => {
  const { url, connections } = await startFeedServer(t)
  const { writer } = openTestReplica(t)
  const damage = new ReplicaDamaged('replica.sqlite is damaged')
  const { failed, close } = followFeed({
    controlUrl: url, token: () => 'token-of-the-data-plane', environments: null, onChange: () => {}, onInvoke: () => {}, logger: silent,
    writer: { ...writer, begin: () => { throw damage } }
  })
  t.teardown(close)
  const connection = await connections.next()
  connection.send({ type: 'begin', store: 'store-1', snapshot: true })
  t.equal(await failed, damage)
  await connection.closed
})
