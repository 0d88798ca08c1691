import { once, EventEmitter } from 'node:events'
import t, { type Test } from 'tap'
import type { LogFilter, LogStore, StoredLine } from '../../control-plane/store/log-store.ts'
import { createMongoLogStore } from '../../control-plane/store/mongodb/logs/mongo-log-store.ts'
import { createOrigin, noon } from '../support/log-lines.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

/** It is a stand-in for MongoDB, and slower. */
const timeoutMs = 180_000
t.setTimeout(timeoutMs)

const server = await startMongodbServer(t, { fsync: false })
const databases = mongodbDatabases(t, server.url)
const dev = { gatewayId: 'shop', environment: 'dev' }
const everything: LogFilter = { functionName: null, minLevel: 'debug', requestId: null, since: 0, contains: null }

/** The logs of two control planes on one database. */
async function openTwo (t: Test, { maxBytes = 1e9, now = noon }: { maxBytes?: number, now?: number } = {}): Promise<[LogStore, LogStore]> {
  const url = await databases.take(t)
  const open = (): LogStore => {
    const logStore = createMongoLogStore({ url, clock: { now: () => now }, maxAgeMs: 86_400_000, maxBytes, pollMs: 20 })
    t.teardown(async () => await logStore.close())
    return logStore
  }
  return [open(), open()]
}

t.test('who follows at one gets what comes to both: each line once, each origin in its order', async t => {
  const [a, b] = await openTwo(t)
  const rung = new EventEmitter()
  t.teardown(a.onAppend(dev, () => rung.emit('ring')))
  const [perOrigin, origins] = [20, 4]
  const sending = Promise.all(Array.from({ length: origins }, async (_value, origin) => {
    const send = createOrigin()
    for (let n = 0; n < perOrigin; n++) await (origin % 2 === 0 ? a : b).append(send({ message: `${origin} ${n}` }, { message: 'elsewhere', environment: `e${n % 3}` }))
  }))
  const lines: StoredLine[] = []
  for (let position = await a.position(dev, 0); lines.length < perOrigin * origins;) {
    const ring = once(rung, 'ring')
    const passage = await a.readOn(dev, position, everything)
    t.equal(passage.missed, 0)
    lines.push(...passage.lines)
    position = passage.position
    if (passage.lines.length === 0) await ring
  }
  await sending
  const numbers = lines.map(({ position }) => Number(position.split('-')[1]))
  t.strictSame(numbers, Array.from({ length: perOrigin * origins }, (_value, n) => n + 1))
  for (let origin = 0; origin < origins; origin++) {
    const own = lines.map(({ message }) => message).filter(message => message.startsWith(`${origin} `))
    t.strictSame(own, Array.from({ length: perOrigin }, (_value, n) => `${origin} ${n}`))
  }
})

t.test('a batch that goes to one and then to the other is kept once', async t => {
  const [a, b] = await openTwo(t)
  const send = createOrigin()
  const [first, second] = [send({ message: 'one' }), send({ message: 'two' })]
  await Promise.all([a.append(first), b.append(first)])
  await b.append(second)
  await Promise.all([a.append(second), b.append(first)])
  t.strictSame((await b.readOn(dev, 'new-0', everything)).lines.map(({ message }) => message), ['one', 'two'])
})

t.test('both make room at once, and no more than is needed', async t => {
  const [a, b] = await openTwo(t, { maxBytes: 200_000 })
  const origins = [createOrigin(), createOrigin()]
  for (let n = 0; n < 10; n++) {
    const lines = Array.from({ length: 100 }, () => ({ message: 'x'.repeat(200) }))
    await Promise.all([a, b].map(async (store, index) => await store.append(origins[index]!(...lines))))
  }
  await Promise.all([a, b].map(async store => { while (await store.trim()); }))
  const { lines, missed } = await b.readOn(dev, 'new-0', everything)
  const kept = Math.floor(200_000 / 600)
  t.equal(lines.length, kept)
  t.equal(missed, 2_000 - kept)
})

t.test('logs that cannot be reached are unavailable, and come back by themselves', async t => {
  const [a] = await openTwo(t)
  const send = createOrigin()
  await a.append(send({ message: 'before' }))
  const cure = server.faults.fail({ commands: ['find', 'insert', 'update'], error: { code: 189, codeName: 'PrimarySteppedDown', message: 'an election' } })
  const batch = send({ message: 'after' })
  await t.rejects(a.append(batch), { name: 'StoreError', code: 'unavailable' })
  await t.rejects(a.readOn(dev, 'new-0', everything), { name: 'StoreError', code: 'unavailable' })
  cure()
  await a.append(batch)
  t.strictSame((await a.readOn(dev, 'new-0', everything)).lines.map(({ message }) => message), ['before', 'after'])
})
