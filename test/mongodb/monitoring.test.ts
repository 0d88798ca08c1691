import { MongoClient } from 'mongodb'
import t from 'tap'
import { watchMonitoring } from '../../control-plane/store/mongodb/monitoring.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { until } from '../support/until.ts'

const timeouts = { serverSelectionTimeoutMS: 300, connectTimeoutMS: 300, socketTimeoutMS: 1_000 }
const server = await startMongodbServer(t, { fsync: false })

t.test('a look at the server that never ends is replaced by a new connection, as soon as there is a server again', async t => {
  const client = new MongoClient(server.url, timeouts)
  t.teardown(async () => await client.close())
  watchMonitoring(client, { connectTimeoutMs: 50, tickMs: 20 })
  await client.connect()
  const numbers = client.db('numbers').collection('numbers')
  await numbers.insertOne({ n: 1 })
  let pools = 0
  client.on('connectionPoolCreated', () => { pools++ })
  await server.refuseConnections()
  client.emit('serverHeartbeatStarted', { connectionId: 'as if', awaited: false })
  await until('it has tried to connect anew', () => pools, count => count > 1, 3_000)
  await server.acceptConnections()
  const { value } = await until('it can be used again', async () => await numbers.countDocuments().catch(() => null), count => count !== null)
  t.equal(value, 1)
})

t.test('looks that end are left alone', async t => {
  const client = new MongoClient(server.url, { ...timeouts, heartbeatFrequencyMS: 500 })
  t.teardown(async () => await client.close())
  watchMonitoring(client, { connectTimeoutMs: 300, tickMs: 20 })
  await client.connect()
  let closed = 0
  client.on('topologyClosed', () => { closed++ })
  let looks = 0
  client.on('serverHeartbeatSucceeded', () => { looks++ })
  await until('it has looked again and again', () => looks, count => count > 4, 3_000)
  t.equal(closed, 0)
})
