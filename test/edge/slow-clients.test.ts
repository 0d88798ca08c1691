import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startEdge, type EdgeTestOptions, type TestEdge } from '../support/edge.ts'
import { rawClient } from '../support/raw-client.ts'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { startTarget } from '../support/egress.ts'

const host = 'shop.api.localhost'
const post = (bytes: number, path = '/hello'): string => `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${bytes}\r\n\r\n`
const tooSlow = /^HTTP\/1\.1 408 [^]*connection: close\r\n[^]*"code":"request_timeout"/i

async function startShop (t: Test, { settings, ...options }: EdgeTestOptions = {}): Promise<TestEdge> {
  const edge = await startEdge(t, { ...options, settings: { headersSeconds: 1, clientStallSeconds: 1, minUploadBytesPerSecond: 1_000, ...settings } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['GET', 'POST'] }] })
  return edge
}

t.test('headers that do not end', async t => {
  const edge = await startShop(t)
  const client = await rawClient(t, edge.port)
  client.write('GET /hello HTTP/1.1\r\n')
  const drip = setInterval(() => client.write('x: y\r\n'), 200)
  t.teardown(() => clearInterval(drip))
  t.match(await client.closed, tooSlow)
})

t.test('a body that stands still, and one that drips', async t => {
  const edge = await startShop(t)
  const still = await rawClient(t, edge.port)
  still.write(`${post(100)}x`)
  const dripping = await rawClient(t, edge.port)
  dripping.write(post(100_000))
  const drip = setInterval(() => dripping.write('x'), 100)
  t.teardown(() => clearInterval(drip))
  t.match(await still.closed, tooSlow)
  t.match(await dripping.closed, tooSlow)
  t.match(await edge.entry(), { status: 408, code: 'request_timeout' })
  t.match(await edge.traffic('localhost', '/healthz?verbose'), { json: { connections: { slowUploads: 2 } } })
})

t.test('a slow body that gets on may take as long as it takes', async t => {
  const edge = await startShop(t)
  const client = await rawClient(t, edge.port)
  client.write(post(80_000))
  for (let i = 0; i < 40; i++) {
    client.write('x'.repeat(2_000))
    await delay(100)
  }
  t.match(await client.until(/\}$/), /^HTTP\/1\.1 200 /)
})

t.test('what is not wanted of a body may not come slowly either', async t => {
  const edge = await startShop(t)
  const client = await rawClient(t, edge.port)
  client.write(post(100, '/nowhere'))
  t.match(await client.closed, /^HTTP\/1\.1 404 /)
})

t.test('an upstream that takes a body slowly is not the client\'s fault', async t => {
  const received = Promise.withResolvers<void>()
  const target = await startTarget(t, (request, response) => {
    request.on('end', () => response.end('taken'))
    setTimeout(() => {
      request.resume()
      received.resolve()
    }, 3_000)
  })
  const edge = await startShop(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/up', methods: ['POST'], upstream: { name: 'up' } }], upstreams: { up: { url: target.origin, timeouts: effectiveTimeouts() } } })
  const answer = edge.traffic(host, '/up', { method: 'POST', body: Buffer.alloc(20_000_000) })
  await received.promise
  t.match(await answer, { status: 200, text: 'taken' })
})

t.test('an answer that is not read is cut off', async t => {
  const edge = await startShop(t, { settings: { headersSeconds: 60 }, functions: { hello: () => ({ status: 200, headers: [], body: Buffer.alloc(20_000_000, 'x') }) } })
  const client = await rawClient(t, edge.port)
  client.socket.pause()
  client.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /`)
  // What it still sends puts nothing off.
  const chatter = setInterval(() => client.write('x'), 200)
  t.teardown(() => clearInterval(chatter))
  t.match(await edge.entry(), { status: 499, code: 'client_closed' })
  t.match(await edge.traffic('localhost', '/healthz?verbose'), { json: { status: 'ok', connections: { slowReaders: 1 } } })
})

t.test('an answer that is read slowly arrives', async t => {
  const edge = await startShop(t, { functions: { hello: () => ({ status: 200, headers: [], body: Buffer.alloc(30_000_000, 'x') }) } })
  const client = await rawClient(t, edge.port)
  client.socket.pause()
  client.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const read = setInterval(() => {
    client.socket.resume()
    setImmediate(() => client.socket.pause())
  }, 10)
  t.teardown(() => clearInterval(read))
  t.match(await edge.entry(), { status: 200, bodyBytes: 30_000_000 })
})

t.test('a stream that has nothing to say is left alone', async t => {
  const edge = await startShop(t, { functions: { hello: () => ({ status: 200, headers: [], body: Readable.from(say()) }) } })
  const client = await rawClient(t, edge.port)
  client.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.match(await client.closed, /first[^]*second/)
})

async function * say (): AsyncGenerator<Buffer> {
  yield Buffer.from('first')
  await delay(4_000)
  yield Buffer.from('second')
}
