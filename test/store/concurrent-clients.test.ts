import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { ref } from '../contract/documents.ts'
import { loadClients } from '../support/client-load.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { checkLoad } from '../support/load-result.ts'

const operations = 1_500

t.test(`eight writers change the clients of one environment ${operations} times`, async t => {
  const { admin, store, dataDir } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const seed = Math.floor(Math.random() * 2 ** 31)
  const load = await loadClients({ admins: Array.from({ length: 8 }, () => admin), path: '/api-gateways/shop/environments/dev/clients', operations, seed })
  t.strictSame([...load.unknown.ids, ...load.unknown.names], [])
  await checkLoad(t, store, ref('shop', 'dev'), load)
  const head = await store.revision()
  t.strictSame([...load.acknowledged.keys()].sort((a, b) => a - b), Array.from({ length: head - 1 }, (_, index) => index + 2), 'each revision is one acknowledged write')
  const db = new DatabaseSync(path.join(dataDir, 'store.sqlite'), { readOnly: true })
  t.match(db.prepare('SELECT count(*) AS count, min(revision) AS first, max(revision) AS last FROM changes').get(), { count: head, first: 1, last: head })
  db.close()
})
