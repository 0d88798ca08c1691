import { existsSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { startFeedServer } from '../support/feed-server.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { clientItem, environmentItem, gatewayItem, keyHash } from '../support/replica.ts'
import { startSupervised } from '../support/supervised.ts'
import { askAll, askWorker } from '../support/workers.ts'

const store = 'store-1'

t.test('what the control plane says reaches every worker, and is served without it after a restart', async t => {
  const dataDir = temporaryDirectory(t)
  const { url, connections } = await startFeedServer(t)
  const first = await startSupervised(t, { dataDir, controlUrl: url })
  const connection = await connections.next()
  t.equal(connection.authorization, 'Bearer token-of-the-data-plane')
  connection.send(
    { type: 'begin', store, snapshot: true }, gatewayItem('shop'), environmentItem('shop', 'dev'),
    clientItem('shop', 'dev', 'mobile', [keyHash('a')]), { type: 'commit', revision: 6 }
  )
  t.equal(await first.applied.next(), 6)
  connection.send({ type: 'begin', store, snapshot: false }, clientItem('shop', 'dev', 'mobile', [keyHash('b')]), { type: 'commit', revision: 7 })
  t.equal(await first.applied.next(), 7)
  for (const { changes } of await askAll(first.port, 'state', 2)) {
    t.match((changes as unknown[]).at(-1), { revision: 7, keyHashes: [keyHash('a'), keyHash('b')] })
  }
  first.child.send('close')
  t.strictSame(await first.exited, [0, null])
  t.notOk(existsSync(path.join(dataDir, 'run')))

  const second = await startSupervised(t, { dataDir, controlUrl: 'http://127.0.0.1:9' })
  t.equal(await second.applied.next(), 7)
  t.match(await askWorker(second.port, `key/${keyHash('b')}`), { clientId: 'mobile' })
})
