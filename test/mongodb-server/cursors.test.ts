import { MongoClient } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const changes = client.db().collection<{ _id: number, even: boolean }>('changes')
await changes.insertMany(Array.from({ length: 250 }, (_, index) => ({ _id: index, even: index % 2 === 0 })))
await changes.createIndex({ even: 1, _id: 1 })

const numbers = Array.from({ length: 250 }, (_, index) => index)

t.test('what does not fit in one batch comes in several, in order or not', async t => {
  t.strictSame((await changes.find({}, { batchSize: 30 }).toArray()).map(({ _id }) => _id).sort((a, b) => a - b), numbers)
  t.strictSame((await changes.find({}, { batchSize: 30 }).sort({ _id: -1 }).toArray()).map(({ _id }) => _id), numbers.toReversed())
  const grouped = await changes.aggregate<{ _id: number }>([{ $match: { even: true } }, { $sort: { _id: 1 } }, { $project: { _id: 1 } }], { batchSize: 20 }).toArray()
  t.strictSame(grouped.map(({ _id }) => _id), numbers.filter(number => number % 2 === 0))
})

t.test('pages by range, each from where the last one ended', async t => {
  const seen: number[] = []
  for (let after = -1; ;) {
    const page = await changes.find({ even: false, _id: { $gt: after } }).sort({ _id: 1 }).limit(20).toArray()
    if (page.length === 0) break
    seen.push(...page.map(({ _id }) => _id))
    after = seen.at(-1)!
  }
  t.strictSame(seen, numbers.filter(number => number % 2 === 1))
})

t.test('a cursor that is closed early is gone, and others are not', async t => {
  const [closed, other] = [changes.find({}, { batchSize: 5 }).sort({ _id: 1 }), changes.find({}, { batchSize: 5 }).sort({ _id: 1 })]
  await Promise.all([closed.next(), other.next()])
  const { id } = closed
  await closed.close()
  await t.rejects(client.db().command({ getMore: id, collection: 'changes' }), { code: 43 })
  t.equal((await other.toArray()).length, 249)
})

t.test('a cursor of a transaction sees its snapshot to the end', async t => {
  const session = client.startSession()
  session.startTransaction()
  const cursor = changes.find({}, { batchSize: 10, session }).sort({ _id: 1 })
  await cursor.next()
  await changes.insertOne({ _id: 1_000, even: true })
  t.equal((await cursor.toArray()).length, 249)
  await session.commitTransaction()
  await session.endSession()
  t.equal(await changes.countDocuments(), 251)
})

t.test('many open cursors do not keep others from working', async t => {
  const cursors = Array.from({ length: 60 }, () => changes.find({}, { batchSize: 2 }).sort({ even: 1, _id: 1 }))
  for (const cursor of cursors) await cursor.next()
  t.equal((await changes.findOne({ _id: 7 }))?._id, 7)
  await Promise.all(cursors.map(async cursor => { await cursor.close() }))
})
