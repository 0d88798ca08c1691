import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { StoreError } from '../../control-plane/store/store.ts'
import { client, createGateway, keyHash, ref } from '../contract/documents.ts'
import { firstPage } from '../contract/harness.ts'
import { createReader } from '../contract/reader.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { until } from '../support/until.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

const dev = ref('shop', 'dev')
const server = await startMongodbServer(t, { fsync: false })
const store = await openMongoStore({ url: server.databaseUrl(), clock: systemClock })
t.teardown(async () => await store.close())
await createGateway(store, 'shop')

/** All that a client's addition asks for, in this order. */
const asked = ['findAndModify', 'aggregate', 'find', 'update', 'insert', 'commitTransaction']

t.test('a write whose question or answer is lost on the way happens once', async t => {
  const reader = createReader()
  for (const command of asked) {
    for (const close of ['before', 'after'] as const) {
      const [before, id] = [await store.revision(), `${command}-${close}`]
      server.faults.fail({ commands: [command], times: 1, close })
      const added = await store.addClient(dev, client(id))
      server.faults.cureAll()
      t.equal(added.revision, before + 1, `${command}, ${close}: one revision`)
      t.equal(await store.revision(), before + 1)
      t.match(await store.findClientByKeyHash(keyHash(id)), { client: { id } })
      await reader.catchUp(store)
    }
  }
  t.equal((await store.listClients(dev, firstPage)).items.length, 2 * asked.length)
  const fresh = createReader()
  await fresh.catchUp(store)
  t.strictSame(reader.state(), fresh.state())
})

t.test('one that the database refuses for the moment is tried again', async t => {
  const before = await store.revision()
  // WriteConflict, ShutdownInProgress, InterruptedDueToReplStateChange
  for (const [index, code] of [112, 91, 11_602].entries()) {
    const errorLabels = ['TransientTransactionError']
    server.faults.fail({ commands: ['update'], times: 2, error: { code, errorLabels } })
    t.match(await store.addClient(dev, client(`refused-${code}`)), { revision: before + index + 1 })
    server.faults.cureAll()
  }
})

t.test('what makes no revision happens once, too', async t => {
  const counts = { gatewayId: 'shop', environment: 'dev', release: 1, requests: 3, failures: 1 }
  const now = Date.now()
  let times = 0
  for (const close of ['before', 'after'] as const) {
    server.faults.fail({ commands: ['update'], times: 1, close })
    await store.addReleaseCounts([counts], now)
    t.match(await store.sumReleaseCounts(dev, 1, now), { requests: 3 * ++times, failures: times }, `counts, ${close}`)
  }
  times = 0
  for (const command of ['find', 'update', 'commitTransaction']) {
    for (const close of ['before', 'after'] as const) {
      server.faults.fail({ commands: [command], times: 1, close })
      const operation = { op: 'increment', key: 'count', by: 1, ttlSeconds: null } as const
      t.match(await store.applyKv([{ ...dev, operation }]), [{ result: ++times }], `${command}, ${close}`)
      server.faults.cureAll()
    }
  }
})

t.test('a database that is killed among writes keeps all that was acknowledged', async t => {
  const acknowledged = new Map<number, string>()
  let unknown = 0
  const stopping = new AbortController()
  t.teardown(() => stopping.abort())
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let index = 0; !stopping.signal.aborted; index++) {
      const id = `w${writer}-${index}`
      try {
        const { revision } = await store.addClient(dev, client(id))
        t.notOk(acknowledged.has(revision), 'a revision is one write')
        acknowledged.set(revision, id)
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'unavailable')) throw error
        unknown++
      }
    }
  })
  for (let round = 1; round <= 2; round++) {
    const enough = acknowledged.size + 20
    await until('enough is acknowledged', () => acknowledged.size, size => size >= enough, 6_000)
    await server.crash()
  }
  stopping.abort()
  await Promise.all(writers)
  t.comment(`${acknowledged.size} acknowledged, ${unknown} unknown`)
  await until('it can be used again', async () => await store.ping().then(() => true, () => false), isSo => isSo)
  const { items } = await store.listClients(dev, { limit: 10_000, after: null })
  const found = new Map(items.map(({ revision, id }) => [revision, id]))
  for (const [revision, id] of acknowledged) t.equal(found.get(revision), id)
})
