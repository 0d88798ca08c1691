import { MongoClient, type ClientSession } from 'mongodb'
import t, { type Test } from 'tap'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

const server = await startMongodbServer(t, { transactionLifetimeMs: 1_000, abandonedAfterMs: 50 })
const client = new MongoClient(server.databaseUrl())
t.teardown(async () => { await client.close() })
const things = client.db().collection<{ _id: string, value: number }>('things')
await things.insertOne({ _id: 'a', value: 0 })

/** Somebody else's transaction that has written the document, and goes no further. */
async function leaveOpen (t: Test): Promise<{ other: MongoClient, session: ClientSession }> {
  const other = new MongoClient(server.url)
  t.teardown(async () => { await other.close() })
  const session = other.startSession()
  session.startTransaction()
  await other.db(client.db().databaseName).collection<{ _id: string }>('things').updateOne({ _id: 'a' }, { $set: { value: -1 } }, { session })
  return { other, session }
}

/** It waits for as long as the document is another's. */
async function writes (): Promise<number | undefined> {
  return (await things.findOneAndUpdate({ _id: 'a' }, { $inc: { value: 1 } }, { returnDocument: 'after' }))?.value
}

t.test('a transaction that has gone on for too long is over', async t => {
  const { session } = await leaveOpen(t)
  t.equal(await writes(), 1)
  await t.rejects(session.commitTransaction(), { code: 251 })
  await session.endSession()
})

t.test('a client that closes takes its transactions with it', async t => {
  const { other } = await leaveOpen(t)
  await other.close()
  t.equal(await writes(), 2)
})

t.test('a client whose connection is gone leaves nothing that others wait for', async t => {
  await leaveOpen(t)
  server.dropConnections()
  t.equal(await writes(), 3)
})
