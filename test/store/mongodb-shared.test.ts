import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import type { ScheduleRun } from '../../control-plane/store/records.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { createGateway, ref } from '../contract/documents.ts'
import { firstPage } from '../contract/harness.ts'
import { apply, compareAndSet, get, increment, list, remove, set } from '../contract/kv-operations.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

/** It is a stand-in for MongoDB, and slower. */
const timeoutMs = 180_000
t.setTimeout(timeoutMs)

const server = await startMongodbServer(t, { fsync: false })
const databases = mongodbDatabases(t, server.url)
const dev = ref('shop', 'dev')

/** The stores of two control planes on one database. */
async function openTwo (t: Test): Promise<[Store, Store]> {
  const url = await databases.take(t)
  // At once, as after a power cut: both make collections, indexes and the store's id.
  const stores = await Promise.all([openMongoStore({ url, clock: systemClock }), openMongoStore({ url, clock: systemClock })])
  t.teardown(async () => await Promise.all(stores.map(async store => await store.close())))
  await createGateway(stores[0], 'shop')
  return stores
}

t.test('two that are opened at once are one store', async t => {
  const [a, b] = await openTwo(t)
  t.equal(a.id, b.id)
  t.equal(await b.revision(), 1)
})

t.test('no increment is lost, and no version is given twice', async t => {
  const [a, b] = await openTwo(t)
  await Promise.all([a, b].flatMap(store => Array.from({ length: 15 }, async () => await apply(store, dev, increment('n'), increment('n')))))
  t.match(await apply(b, dev, get('n')), [{ value: '60', version: 60 }])
})

t.test('of those who compare at once, one sets', async t => {
  const [a, b] = await openTwo(t)
  const set = await Promise.all([a, b, a, b].map(async (store, n) => await apply(store, dev, compareAndSet('lock', null, String(n)))))
  t.strictSame(set.flat().filter(version => version !== null), [1])
})

t.test('sums are right after both have written, removed and swept', async t => {
  const url = await databases.take(t)
  let now = Date.UTC(2030, 0, 1)
  const options = { url, clock: { now: () => now }, kvLimits: { keys: 30, totalBytes: 10_000 } }
  const [a, b] = [await openMongoStore(options), await openMongoStore(options)]
  t.teardown(async () => await Promise.all([a.close(), b.close()]))
  await createGateway(a, 'shop')
  await Promise.all([a, b].flatMap((store, n) => Array.from({ length: 10 }, async (_value, key) => await apply(store, dev, set(`${n}-${key}`, '1', key < 5 ? 10 : null)))))
  now += 10_000
  const swept = await Promise.all([a.sweepKv(100), b.sweepKv(100), apply(a, dev, remove('0-9')), apply(b, dev, remove('1-9'))])
  t.equal(swept[0] + swept[1], 10)
  t.equal((await apply(a, dev, list()) as [{ keys: unknown[] }])[0].keys.length, 8)
  const more = await apply(b, dev, ...Array.from({ length: 23 }, (_value, n) => set(`more-${n}`)))
  t.equal(more.filter(answer => answer === 'kv_limit_exceeded').length, 1, 'room for 22')
})

t.test('of all who ask for a run, one adds it, and one runs at a time', async t => {
  const [a, b] = await openTwo(t)
  const run = (minute: number, id: string): ScheduleRun => ({
    id: `${minute}x${id}`, ...dev, functionName: 'tidy', schedule: 'nightly', versionId: 'v1', scheduledAt: `2030-01-01T00:0${minute}:00.000Z`, status: 'running',
    deadlineAt: '2040-01-01T00:00:00.000Z', startedAt: null, finishedAt: null, durationMs: null, responseStatus: null, errorCode: null, requestId: null
  })
  const asked = await Promise.all([a, b].flatMap((store, n) => [1, 2, 3].map(async minute => await store.addScheduleRun(run(minute, String(n))))))
  t.equal(asked.filter(({ added }) => added).length, 3)
  const { items } = await a.listScheduleRuns(dev, { functionName: null, schedule: null, status: null }, firstPage)
  t.strictSame(items.map(({ status }) => status).sort(), ['running', 'skipped', 'skipped'])
})

t.test('counts and usage of both add up', async t => {
  const [a, b] = await openTwo(t)
  const now = Date.UTC(2030, 0, 1)
  const use = { ...dev, functionName: 'list', method: 'GET', path: '/orders', requests: 1, lastAt: now, clients: [], moreClients: false }
  await a.addReleaseCounts([{ ...dev, release: 1, requests: 1, failures: 0 }], now)
  await Promise.all([a, b].flatMap(store => Array.from({ length: 10 }, async () => {
    await store.addReleaseCounts([{ ...dev, release: 1, requests: 2, failures: 1 }], now)
    await store.addUsage({ routes: [use], variables: [{ ...dev, functionName: 'list', versionId: 'v1', found: ['A'], missing: [] }] })
  })))
  t.strictSame(await b.sumReleaseCounts(dev, 1, now), { requests: 41, failures: 20 })
  t.match(await b.listRouteUsage(dev, now, firstPage), { items: [{ requests: 20 }] })
  t.match(await a.listVariableReads('shop', 'list'), [{ names: [{ name: 'A', isThere: true }] }])
})
