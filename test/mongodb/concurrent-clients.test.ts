import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { createBell } from '../../control-plane/bell.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { ref } from '../contract/documents.ts'
import { createReader, type ModelReader } from '../contract/reader.ts'
import { loadClients } from '../support/client-load.ts'
import { changesOf, checkLoad } from '../support/load-result.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { startControlPlaneApart } from '../support/planes-apart.ts'

/** `npm run test:mongodb-load` does ten thousand. */
const operations = Number(process.argv[2] ?? 300)
const writers = 8
t.setTimeout(180_000 + operations * 100)

t.test(`${writers} writers on two control planes change the clients of one environment ${operations} times`, async t => {
  const server = await startMongodbServer(t, { fsync: false })
  const url = server.databaseUrl()
  const planes = [await startControlPlaneApart(t, url), await startControlPlaneApart(t, url)]
  await planes[0]!.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })

  // Two more of the kind, of which one looks at the feed all the while.
  const store = await openMongoStore({ url, clock: systemClock })
  t.teardown(async () => await store.close())
  const follower = createReader()
  const over = new AbortController()
  const following = follow(store, follower, over.signal)

  const seed = Math.floor(Math.random() * 2 ** 31)
  const started = performance.now()
  const load = await loadClients({
    admins: Array.from({ length: writers }, (_, writer) => planes[writer % planes.length]!.admin), path: '/api-gateways/shop/environments/dev/clients', operations, seed
  })
  const seconds = (performance.now() - started) / 1_000
  over.abort()
  const readings = await following
  t.comment(`${load.acknowledged.size} writes and ${load.refused} refusals in ${seconds.toFixed(1)} s, ${readings} readings of the feed, seed ${seed}`)

  t.strictSame([...load.unknown.ids, ...load.unknown.names], [], 'none was told to come again')
  await checkLoad(t, store, ref('shop', 'dev'), load)
  const head = await store.revision()
  t.strictSame([...load.acknowledged.keys()].sort((a, b) => a - b), Array.from({ length: head - 1 }, (_, index) => index + 2), 'each revision is one acknowledged write')
  t.strictSame(await changesOf(url), Array.from({ length: head }, (_, index) => index + 1), 'each has its entry')

  await follower.catchUp(store)
  const fresh = createReader()
  await fresh.catchUp(store)
  t.equal(follower.revision(), head)
  t.strictSame(follower.state(), fresh.state(), 'who has followed holds what a snapshot says')
})

/** Reads the feed after each commit that it hears of. @returns how often that was */
async function follow (store: Store, reader: ModelReader, signal: AbortSignal): Promise<number> {
  const bell = createBell(signal)
  const stop = store.onCommit(bell.ring)
  let readings = 0
  for (; !signal.aborted; readings++) {
    bell.reset()
    await reader.catchUp(store)
    await bell.wait(1_000)
  }
  stop()
  return readings
}
