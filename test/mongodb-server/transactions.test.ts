import { MongoClient, MongoServerError } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const db = client.db()
const things = db.collection<{ _id: string, value: number }>('things')

t.test('all of a transaction is seen at once, or nothing', async t => {
  const session = client.startSession()
  session.startTransaction()
  await things.insertOne({ _id: 'a', value: 1 }, { session })
  t.strictSame(await things.findOne({ _id: 'a' }, { session }), { _id: 'a', value: 1 })
  t.equal(await things.findOne({ _id: 'a' }), null)
  await session.commitTransaction()
  t.strictSame(await things.findOne({ _id: 'a' }), { _id: 'a', value: 1 })
  await session.commitTransaction()
  session.startTransaction()
  await things.deleteOne({ _id: 'a' }, { session })
  await session.abortTransaction()
  t.ok(await things.findOne({ _id: 'a' }))
  await session.endSession()
})

t.test('of two transactions that write one document, the first to write wins', async t => {
  await things.insertOne({ _id: 'contended', value: 0 })
  const [first, second] = [client.startSession(), client.startSession()]
  first.startTransaction()
  second.startTransaction()
  await things.updateOne({ _id: 'contended' }, { $inc: { value: 1 } }, { session: first })
  const conflict = await things.updateOne({ _id: 'contended' }, { $inc: { value: 1 } }, { session: second }).catch((error: unknown) => error)
  t.ok(conflict instanceof MongoServerError)
  t.equal((conflict as MongoServerError).code, 112)
  t.ok((conflict as MongoServerError).hasErrorLabel('TransientTransactionError'))
  await first.commitTransaction()
  await second.abortTransaction()
  t.equal((await things.findOne({ _id: 'contended' }))?.value, 1)
  await Promise.all([first.endSession(), second.endSession()])
})

t.test('a transaction that has seen an older state cannot write over a newer one', async t => {
  await things.insertOne({ _id: 'stale', value: 0 })
  const session = client.startSession()
  session.startTransaction()
  await things.findOne({ _id: 'stale' }, { session })
  await things.updateOne({ _id: 'stale' }, { $set: { value: 1 } })
  t.equal((await things.findOne({ _id: 'stale' }, { session }))?.value, 0)
  await t.rejects(things.updateOne({ _id: 'stale' }, { $set: { value: 2 } }, { session }), { code: 112 })
  await session.abortTransaction()
  await session.endSession()
  t.equal((await things.findOne({ _id: 'stale' }))?.value, 1)
})

t.test('one counter, eight writers at once, no gaps', async t => {
  const taken: number[] = []
  const writer = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      const value = await client.withSession(async session => await session.withTransaction(async () => {
        const counter = await things.findOneAndUpdate({ _id: 'counter' }, { $inc: { value: 1 } }, { session, upsert: true, returnDocument: 'after' })
        await things.insertOne({ _id: `entry-${counter!.value}`, value: counter!.value }, { session })
        return counter!.value
      }))
      taken.push(value)
    }
  }
  await Promise.all(Array.from({ length: 8 }, writer))
  t.strictSame(taken.sort((a, b) => a - b), Array.from({ length: 80 }, (_, index) => index + 1))
  t.equal(await things.countDocuments({ _id: /^entry-/ }), 80)
})
