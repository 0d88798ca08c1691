import { MongoClient } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const counters = client.db().collection<{ _id: string, value: number }>('counters')
await counters.insertMany([{ _id: 'a', value: 0 }, { _id: 'moved', value: 0 }])

t.test('a write whose answer is lost is asked for again, and carried out once', async t => {
  server.faults.fail({ commands: ['update'], times: 1, close: 'after' })
  t.strictSame((await counters.updateOne({ _id: 'a' }, { $inc: { value: 1 } })).modifiedCount, 1)
  server.faults.fail({ commands: ['findAndModify'], times: 1, close: 'after' })
  t.strictSame(await counters.findOneAndUpdate({ _id: 'a' }, { $inc: { value: 1 } }, { returnDocument: 'after' }), { _id: 'a', value: 2 })
  server.faults.fail({ commands: ['insert'], times: 1, close: 'after' })
  t.equal((await counters.insertMany([{ _id: 'b', value: 1 }, { _id: 'c', value: 1 }])).insertedCount, 2)
  server.faults.fail({ commands: ['delete'], times: 1, close: 'after' })
  t.equal((await counters.deleteOne({ _id: 'b' })).deletedCount, 1)
  t.strictSame(await counters.find({ _id: { $ne: 'moved' } }).sort({ _id: 1 }).toArray(), [{ _id: 'a', value: 2 }, { _id: 'c', value: 1 }])
})

t.test('a write that never arrived is carried out by the second try', async t => {
  server.faults.fail({ commands: ['update'], times: 1, close: 'before' })
  await counters.updateOne({ _id: 'moved' }, { $inc: { value: 1 } })
  t.equal((await counters.findOne({ _id: 'moved' }))?.value, 1)
})

t.test('without retries the lost answer is an error, and the write is there', async t => {
  const plain = new MongoClient(server.url, { retryWrites: false })
  t.teardown(async () => { await plain.close() })
  server.faults.fail({ commands: ['update'], times: 1, close: 'after' })
  await t.rejects(plain.db(client.db().databaseName).collection<{ _id: string }>('counters').updateOne({ _id: 'moved' }, { $inc: { value: 1 } }), { name: 'MongoNetworkError' })
  t.equal((await counters.findOne({ _id: 'moved' }))?.value, 2)
})

t.test('a commit whose answer is lost is asked for again, and has happened once', async t => {
  const session = client.startSession()
  session.startTransaction()
  await counters.updateOne({ _id: 'a' }, { $inc: { value: 10 } }, { session })
  server.faults.fail({ commands: ['commitTransaction'], times: 1, close: 'after' })
  await session.commitTransaction()
  await session.endSession()
  t.equal((await counters.findOne({ _id: 'a' }))?.value, 12)
})

t.test('a commit that never arrived is carried out by the second try', async t => {
  const session = client.startSession()
  session.startTransaction()
  await counters.updateOne({ _id: 'a' }, { $inc: { value: 10 } }, { session })
  server.faults.fail({ commands: ['commitTransaction'], times: 1, close: 'before' })
  await session.commitTransaction()
  await session.endSession()
  t.equal((await counters.findOne({ _id: 'a' }))?.value, 22)
})
