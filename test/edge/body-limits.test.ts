import t from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const limits = effectiveLimits({ maxRequestBytes: 10 })
const routes = [
  { path: '/small', methods: ['POST' as const], limits },
  { path: '/usual', methods: ['POST' as const] },
  { path: '/none', methods: ['POST' as const], limits: effectiveLimits({ maxRequestBytes: 0 }) }
]

t.test('a body may have what its function takes, and another function\'s as much as ever', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes })
  const post = async (path: string, bytes: number) => await edge.traffic(host, path, { method: 'POST', body: Buffer.alloc(bytes, 'x') })
  t.match(await post('/small', 10), { status: 200, json: { body: 'xxxxxxxxxx' } })
  t.match(await post('/small', 11), { status: 413, json: { code: 'payload_too_large', detail: 'By its maxRequestBytes the function takes a body of 10 bytes at most.' } })
  t.match(await post('/none', 1), { status: 413 })
  t.match(await post('/none', 0), { status: 200 })
  t.match(await post('/usual', 1_000), { status: 200 })
  await edge.entry()
  t.match(await edge.entry(), { status: 413, code: 'payload_too_large' }, 'the owner finds it in the access record')
})

t.test('what says that it is too large is not waited for', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes })
  const answer = await edge.raw(`POST /small HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 11\r\n\r\n`)
  t.match(answer, /^HTTP\/1\.1 413 [^]*connection: close[^]*maxRequestBytes/i)
})

t.test('what does not say it is read no further than to its limit', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes })
  const head = `POST /small HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`
  t.match(await edge.raw(`${head}5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n`, { answers: 1 }), /^HTTP\/1\.1 200 [^]*abcdefghij/)
  // The last chunk never comes.
  t.match(await edge.raw(`${head}5\r\nabcde\r\n6\r\nfghijk\r\n`), /^HTTP\/1\.1 413 [^]*connection: close/i)
})

t.test('a client that leaves in the middle of its body is no fault of anybody', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes })
  const socket = await edge.connect()
  socket.end(`POST /usual HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nabc`)
  t.match(await edge.entry(), { code: /^(?:malformed_request|client_closed)$/ })
})

t.test('other limits make another function of it', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', limits: effectiveLimits() }, { path: '/usual' }, { path: '/small', limits }] })
  const keyOf = async (path: string) => ((await edge.traffic(host, path)).json as { fn: string }).fn
  t.equal(await keyOf('/hello'), await keyOf('/usual'))
  t.not(await keyOf('/small'), await keyOf('/usual'))
})
