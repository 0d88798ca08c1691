import { statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { createGateway } from '../contract/documents.ts'
import { createReader } from '../contract/reader.ts'

t.test('a reader that stands still does not keep the write-ahead log growing', async t => {
  const file = path.join(t.testdir(), 'store.db')
  const store = await openSqliteStore({ file, clock: systemClock, feedPauseMs: 50 })
  t.teardown(() => store.close())
  await createGateway(store, 'shop')
  const feed = store.readFeed({ store: null, after: 0, environments: null })[Symbol.asyncIterator]()
  await feed.next()
  await createGateway(store, 'other')

  const db = new DatabaseSync(file)
  t.teardown(() => db.close())
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  while (checkpoint.get()!.busy !== 0) await setImmediate()
  t.equal(statSync(`${file}-wal`).size, 0)
  await t.rejects(feed.next(), { code: 'unavailable', message: /given up/ })

  const reader = createReader()
  await reader.catchUp(store)
  t.equal(reader.revision(), 2, 'it may begin again')
})
