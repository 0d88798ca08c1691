import { MongoClient, MongoServerError } from 'mongodb'
import t from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t)
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const db = client.db()

interface Environment { _id: string, clients: Array<{ id: string, keyHash?: string }> }

const duplicate = async (writing: Promise<unknown>): Promise<MongoServerError> => await writing.then(() => { throw new Error('written') }, (error: unknown) => {
  if (error instanceof MongoServerError && error.code === 11000) return error
  throw error
})

t.test('a key hash is unique across documents, wherever it is written from', async t => {
  const environments = db.collection<Environment>('environments')
  const name = await environments.createIndex({ 'clients.keyHash': 1 }, { unique: true, partialFilterExpression: { 'clients.keyHash': { $exists: true } } })
  t.equal(name, 'clients.keyHash_1')
  await environments.insertMany([{ _id: 'none', clients: [] }, { _id: 'none either', clients: [] }, { _id: 'no key', clients: [{ id: 'a' }] }, { _id: 'no key either', clients: [{ id: 'a' }] }])
  await environments.insertOne({ _id: 'taken', clients: [{ id: 'a', keyHash: 'one' }, { id: 'b', keyHash: 'two' }] })

  const inserted = await duplicate(environments.insertOne({ _id: 'other', clients: [{ id: 'x', keyHash: 'two' }] }))
  t.match(inserted, { keyPattern: { 'clients.keyHash': 1 }, keyValue: { 'clients.keyHash': 'two' } })
  t.match(inserted.message, /^E11000 duplicate key error collection: test-[\w-]+\.environments index: clients\.keyHash_1/)
  const pushed = await duplicate(environments.updateOne({ _id: 'none' }, { $push: { clients: { id: 'x', keyHash: 'one' } } }))
  t.match(pushed, { keyPattern: { 'clients.keyHash': 1 } })
  const modified = await duplicate(environments.findOneAndUpdate({ _id: 'none' }, { $push: { clients: { id: 'x', keyHash: 'one' } } }))
  t.match(modified, { keyPattern: { 'clients.keyHash': 1 }, keyValue: { 'clients.keyHash': 'one' } })
  t.equal(await environments.countDocuments({ 'clients.keyHash': 'one' }), 1)

  // Within one document it is the application that has to look.
  await environments.updateOne({ _id: 'none' }, { $push: { clients: { $each: [{ id: 'x', keyHash: 'same' }, { id: 'y', keyHash: 'same' }] } } })
})

t.test('a member without the field counts as one more value, null, beside members that have it', async t => {
  const environments = db.collection<Environment>('mixed')
  await environments.createIndex({ 'clients.keyHash': 1 }, { unique: true, partialFilterExpression: { 'clients.keyHash': { $exists: true } } })
  await environments.insertOne({ _id: 'a', clients: [{ id: 'a', keyHash: 'one' }, { id: 'b' }] })
  t.match(await duplicate(environments.insertOne({ _id: 'b', clients: [{ id: 'a', keyHash: 'two' }, { id: 'b' }] })), { keyPattern: { 'clients.keyHash': 1 } })
})

t.test('a duplicate ends the transaction that tried it', async t => {
  const names = db.collection<{ _id: string, name: string }>('names')
  await names.createIndex({ name: 1 }, { unique: true, name: 'names' })
  await names.insertOne({ _id: 'a', name: 'taken' })
  const session = client.startSession()
  session.startTransaction()
  await names.insertOne({ _id: 'b', name: 'free' }, { session })
  const error = await duplicate(names.insertOne({ _id: 'c', name: 'taken' }, { session }))
  t.match(error, { keyPattern: { name: 1 }, keyValue: { name: 'taken' } })
  await t.rejects(names.insertOne({ _id: 'd', name: 'free too' }, { session }), { code: 251 })
  await session.abortTransaction()
  await session.endSession()
  t.strictSame(await names.distinct('_id'), ['a'])
  t.match(await duplicate(names.insertOne({ _id: 'a', name: 'other' })), { keyPattern: { _id: 1 }, keyValue: { _id: 'a' } })
})

t.test('indexes are listed, dropped, and not made over what they forbid', async t => {
  const things = db.collection('things')
  await things.insertMany([{ a: 1, b: 1 }, { a: 1, b: 2 }])
  await things.createIndexes([{ key: { a: 1, b: -1 }, name: 'both', unique: true }, { key: { b: 1 }, name: 'plain' }])
  await things.createIndex({ b: 1 }, { name: 'plain' })
  t.match(await things.listIndexes().toArray(), [{ name: '_id_', key: { _id: 1 } }, { name: 'both', key: { a: 1, b: -1 }, unique: true }, { name: 'plain', key: { b: 1 } }])
  t.match(await duplicate(things.createIndex({ a: 1 }, { name: 'impossible', unique: true })), { code: 11000 })
  await t.rejects(things.createIndex({ b: -1 }, { name: 'plain' }), { code: 86 })
  await things.dropIndex('plain')
  await t.rejects(things.dropIndex('plain'), { code: 27 })
  t.strictSame((await things.listIndexes().toArray()).map(({ name }) => name as string), ['_id_', 'both'])
})

t.test('a validator refuses what is not in shape, also when it is changed', async t => {
  const shaped = await db.createCollection<{ _id: number, name?: string, size?: number }>('shaped', { validator: { $jsonSchema: { bsonType: 'object', required: ['name'], properties: { name: { bsonType: 'string' } } } } })
  await t.rejects(shaped.insertOne({ _id: 1 }), { code: 121 })
  await shaped.insertOne({ _id: 2, name: 'a' })
  await t.rejects(shaped.updateOne({ _id: 2 }, { $unset: { name: '' } }), { code: 121 })
  await db.command({ collMod: 'shaped', validator: { $jsonSchema: { required: ['name', 'size'] } }, validationLevel: 'strict' })
  await t.rejects(shaped.insertOne({ _id: 3, name: 'b' }), { code: 121 })
  t.match(await db.listCollections({ name: 'shaped' }).toArray(), [{ name: 'shaped', options: { validator: { $jsonSchema: { required: ['name', 'size'] } } } }])
  await t.rejects(db.createCollection('shaped', { capped: false }), { code: 48 })
  t.ok(await shaped.drop())
  t.strictSame(await db.listCollections({ name: 'shaped' }).toArray(), [])
})
