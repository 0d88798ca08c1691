import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createSecretKey } from '#shared/secret-box.ts'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { encodeDocument, encodeReply, parseRequest, takeMessages } from '../support/mongodb-server/wire.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

const server = await startMongodbServer(t, { fsync: false })
const databases = mongodbDatabases(t, server.url)
const adminToken = 'administrator-token-1'
const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }

t.test('control planes on one MongoDB are one, and do not say where it is', async t => {
  const url = await databases.take(t)
  const env = { MONGODB_URL: url, IMPRUN_ADMIN_TOKEN: adminToken, IMPRUN_SECRET_KEY: createSecretKey(), IMPRUN_LOG_LEVEL: 'info' }
  const [first, second] = [0, 1].map(() => forkControlPlane(t, { ...env, IMPRUN_DATA_DIR: dataDirectory(t) }))
  const [a, b] = [await first!.ready, await second!.ready]
  assert(a !== null && b !== null)
  t.equal((await fetch(`${a.url}/v1/api-gateways`, { method: 'POST', headers, body: JSON.stringify({ id: 'shop', name: 'Shop' }) })).status, 201)
  t.match(await (await fetch(`${b.url}/v1/api-gateways/shop`, { headers })).json(), { id: 'shop', name: 'Shop' })
  t.match(await (await fetch(`${b.url}/v1/api-gateways/shop/environments/dev/logs`, { headers })).json(), { items: [] })
  for (const { child, exit } of [first!, second!]) {
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await exit
    t.equal(code, 0)
    t.match(stdout, /"mongodbUrl":"\[set\]"/)
    t.notMatch(stdout + stderr, new URL(url).pathname.slice(1))
  }
})

t.test('a MongoDB that stands alone is refused in one line', async t => {
  const { exit } = forkControlPlane(t, { MONGODB_URL: await standalone(t), IMPRUN_DATA_DIR: dataDirectory(t) })
  const { code, stderr } = await exit
  t.equal(code, 1)
  t.match(stderr, /^imprun control-plane: [^\n]*no replica set[^\n]*\n$/)
})

/** Answers `hello`, and whatever else, as a server that was started without a replica set. */
async function standalone (t: Test): Promise<string> {
  const server = createServer(socket => {
    let received: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      const { messages, rest } = takeMessages(Buffer.concat([received, chunk]))
      received = rest
      for (const request of messages.map(parseRequest)) {
        socket.write(encodeReply(request, encodeDocument({ isWritablePrimary: true, helloOk: true, maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000, minWireVersion: 0, maxWireVersion: 21, ok: 1 })))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
