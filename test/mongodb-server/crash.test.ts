import { MongoClient, MongoServerError } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl(), { heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 100, monitorCommands: true })
t.teardown(async () => { await client.close() })
const things = client.db().collection<{ _id: string, value: number }>('things')
await things.createIndex({ value: 1 })

t.test('a crash loses nothing that was acknowledged, and what was not committed', async t => {
  const session = client.startSession()
  session.startTransaction()
  await things.insertOne({ _id: 'open', value: 1 }, { session })
  await things.insertOne({ _id: 'acknowledged', value: 1 })
  await server.crash()
  await t.rejects(session.commitTransaction(), MongoServerError)
  await session.endSession()
  t.ok(await things.findOne({ _id: 'acknowledged' }))
  t.equal(await things.findOne({ _id: 'open' }), null)
})

t.test('what is tried again after a crash is carried out once, if it had been', async t => {
  const session = client.startSession()
  session.startTransaction()
  await things.insertOne({ _id: 'committed', value: 1 }, { session })
  await session.commitTransaction()
  server.faults.fail({ commands: ['update'], times: 1, close: 'after' })
  let crashed: Promise<void> | undefined
  client.once('commandFailed', () => { crashed = server.crash() })
  t.equal((await things.updateOne({ _id: 'committed' }, { $inc: { value: 1 } })).modifiedCount, 1)
  await crashed
  t.equal((await things.findOne({ _id: 'committed' }))?.value, 2)
  await session.commitTransaction()
  await session.endSession()
})
