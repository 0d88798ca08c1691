import { MongoClient } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const db = client.db()

interface Environment { _id: string, name: string, revision: number, clients: Array<{ id: string, keyHash?: string, enabled: boolean }> }

t.test('documents are made, found, changed and removed', async t => {
  const environments = db.collection<Environment>('crud')
  t.equal((await environments.insertMany([
    { _id: 'shop-dev', name: 'dev', revision: 1, clients: [] },
    { _id: 'shop-prod', name: 'prod', revision: 2, clients: [] }
  ])).insertedCount, 2)
  t.strictSame(await environments.findOne({ _id: 'shop-dev' }), { _id: 'shop-dev', name: 'dev', revision: 1, clients: [] })
  t.strictSame(await environments.updateOne({ _id: 'shop-dev' }, { $set: { name: 'test' }, $inc: { revision: 4 } }).then(result => [result.matchedCount, result.modifiedCount]), [1, 1])
  t.strictSame(await environments.find({}, { projection: { _id: 0, name: 1, revision: 1 } }).sort({ revision: -1 }).toArray(), [{ name: 'test', revision: 5 }, { name: 'prod', revision: 2 }])
  t.equal((await environments.deleteOne({ _id: 'shop-prod' })).deletedCount, 1)
  t.equal(await environments.countDocuments(), 1)
  t.strictSame(await environments.distinct('name'), ['test'])
})

t.test('members of an array are pushed, changed in their place, and pulled', async t => {
  const environments = db.collection<Environment>('arrays')
  await environments.insertOne({ _id: 'e', name: 'dev', revision: 0, clients: [] })
  await environments.updateOne({ _id: 'e' }, { $push: { clients: { $each: [{ id: 'a', enabled: true }, { id: 'b', enabled: true }, { id: 'c', enabled: true }] } } })
  await environments.updateOne({ _id: 'e', 'clients.id': 'b' }, { $set: { 'clients.$.enabled': false } })
  await environments.updateOne({ _id: 'e' }, { $set: { 'clients.$[one].keyHash': 'hash' } }, { arrayFilters: [{ 'one.id': 'c' }] })
  await environments.updateOne({ _id: 'e' }, { $pull: { clients: { id: 'a' } } })
  t.strictSame((await environments.findOne({ _id: 'e' }))?.clients, [{ id: 'b', enabled: false }, { id: 'c', enabled: true, keyHash: 'hash' }])
  t.strictSame(await environments.findOne({ _id: 'e' }, { projection: { 'clients.id': 1 } }), { _id: 'e', clients: [{ id: 'b' }, { id: 'c' }] })
  t.strictSame(await environments.findOne({ _id: 'e' }, { projection: { clients: { $elemMatch: { id: 'c' } } } }), { _id: 'e', clients: [{ id: 'c', enabled: true, keyHash: 'hash' }] })
})

t.test('a document is changed and read at once', async t => {
  const counters = db.collection<{ _id: string, value: number }>('counters')
  t.strictSame(await counters.findOneAndUpdate({ _id: 'revision' }, { $inc: { value: 1 } }, { upsert: true, returnDocument: 'after' }), { _id: 'revision', value: 1 })
  t.strictSame(await counters.findOneAndUpdate({ _id: 'revision' }, { $inc: { value: 1 } }, { returnDocument: 'before' }), { _id: 'revision', value: 1 })
  t.equal(await counters.findOneAndDelete({ _id: 'nobody' }), null)
})
