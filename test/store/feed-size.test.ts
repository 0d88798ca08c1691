import path from 'node:path'
import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { createGateway, ref, variable } from '../contract/documents.ts'
import { createReader, outline } from '../contract/reader.ts'

t.test('a reader that is further behind than the store is large gets a snapshot', async t => {
  const store = await openSqliteStore({ file: path.join(t.testdir(), 'store.db'), clock: systemClock })
  t.teardown(() => store.close())
  await createGateway(store, 'shop')
  const [near, far] = [createReader(), createReader()]
  await far.catchUp(store)
  let revision: number | null = null
  for (let count = 0; count < 1_001; count++) {
    revision = (await store.putVariable(ref('shop', 'dev'), variable('A', String(count)), revision)).revision
    if (count === 0) await near.catchUp(store)
  }
  t.strictSame(outline(await near.catchUp(store)), ['begin', 'shop/dev', 'commit 1002'])
  t.equal(outline(await far.catchUp(store))[0], 'snapshot')
  t.strictSame(near.state(), far.state())
})
