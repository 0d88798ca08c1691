import { once } from 'node:events'
import { MongoClient, type CommandFailedEvent } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl(), { serverSelectionTimeoutMS: 700, heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 100, connectTimeoutMS: 500, monitorCommands: true })
t.teardown(async () => { await client.close() })
const things = client.db().collection<{ _id: string, value: number }>('things')
await things.insertOne({ _id: 'a', value: 1 })
t.afterEach(() => {
  server.stepUp()
  server.faults.cureAll()
})

t.test('without a primary nothing is carried out, and with one again everything', async t => {
  server.stepDown()
  await t.rejects(things.updateOne({ _id: 'a' }, { $set: { value: 2 } }), { name: 'MongoServerSelectionError' })
  await t.rejects(things.findOne({ _id: 'a' }), { name: 'MongoServerSelectionError' })
  server.stepUp()
  t.strictSame(await things.findOneAndUpdate({ _id: 'a' }, { $inc: { value: 1 } }, { returnDocument: 'after' }), { _id: 'a', value: 2 })
})

t.test('an election that ends in time is bridged by the driver', async t => {
  server.stepDown()
  const refused = once(client, 'commandFailed').then(([event]: CommandFailedEvent[]) => {
    server.stepUp()
    return event?.failure
  })
  t.equal((await things.updateOne({ _id: 'a' }, { $inc: { value: 1 } })).modifiedCount, 1)
  t.match(await refused, { code: 10107 })
})

t.test('read-only: reads go on, writes are refused', async t => {
  server.faults.readOnly = true
  t.ok(await things.findOne({ _id: 'a' }))
  await t.rejects(things.insertOne({ _id: 'b', value: 1 }), { code: 371 })
  await t.rejects(client.withSession(async session => {
    session.startTransaction()
    await things.insertOne({ _id: 'b', value: 1 }, { session })
  }), { code: 371 })
  server.faults.readOnly = false
  t.equal(await things.countDocuments({ _id: 'b' }), 0)
})

t.test('a command that hangs comes back when it is cured', async t => {
  const cure = server.faults.fail({ commands: ['find'], hangMs: Infinity })
  const reading = things.findOne({ _id: 'a' })
  await client.db().command({ ping: 1 })
  cure()
  t.ok(await reading)
})

t.test('a command that hangs ends by the client\'s own time limit', async t => {
  const impatient = new MongoClient(server.url, { socketTimeoutMS: 150 })
  t.teardown(async () => { await impatient.close() })
  const seen = impatient.db(client.db().databaseName).collection<{ _id: string }>('things')
  // A read is tried twice by the driver.
  server.faults.fail({ commands: ['find'], times: 2, hangMs: Infinity })
  await t.rejects(seen.findOne({ _id: 'a' }), { name: 'MongoNetworkTimeoutError' })
  t.ok(await seen.findOne({ _id: 'a' }))
})

t.test('a command that takes longer than its own time limit is ended', async t => {
  const session = client.startSession()
  session.startTransaction()
  await things.updateOne({ _id: 'a' }, { $inc: { value: 1 } }, { session })
  await t.rejects(things.updateOne({ _id: 'a' }, { $inc: { value: 1 } }, { maxTimeMS: 50 }), { code: 50 })
  await session.abortTransaction()
  await session.endSession()
  t.equal((await things.updateOne({ _id: 'a' }, { $inc: { value: 1 } }, { maxTimeMS: 5_000 })).modifiedCount, 1)
})

t.test('a command is answered with the error asked for, as often as asked for', async t => {
  server.faults.fail({ commands: ['insert'], times: 1, error: { code: 14031, codeName: 'OutOfDiskSpace' } })
  await t.rejects(things.insertOne({ _id: 'c', value: 1 }), { code: 14031 })
  await things.insertOne({ _id: 'c', value: 1 })
  // The driver tries a write again by itself where the server says that it may.
  server.faults.fail({ commands: ['update'], times: 1, error: { code: 91, codeName: 'ShutdownInProgress' } })
  t.equal((await things.updateOne({ _id: 'c' }, { $inc: { value: 1 } })).modifiedCount, 1)
})

t.test('a server that is gone and comes back needs no new client', async t => {
  await server.refuseConnections()
  await t.rejects(things.findOne({ _id: 'a' }), { name: 'MongoServerSelectionError' })
  await server.acceptConnections()
  t.ok(await things.findOne({ _id: 'a' }))
  server.dropConnections()
  t.ok(await things.findOne({ _id: 'a' }))
})
