import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { askBytes } from '../support/bytes.ts'
import { converse, host, startProxied } from '../support/upstream.ts'
import { writeUntilFull } from '../support/write-until-full.ts'

const text = 'All work and no play makes Jack a dull boy. '.repeat(1_000)
const options = { plugins: { none: {}, compression: {} } }

t.test('what an upstream answers is compressed as it comes', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200, [['content-type', 'text/plain'], ['etag', '"abc"'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['connection', 'x-hop'], ['x-hop', '1'], ['content-length', String(text.length)]].flat())
    response.end(text)
  }, options)
  for (const encoding of ['br', 'zstd', 'gzip']) {
    const { headers, bytes, ...answer } = await askBytes(edge.port, host, '/a', { 'accept-encoding': encoding })
    t.match({ headers, ...answer }, { status: 200, text, headers: { 'content-encoding': encoding, vary: 'Accept-Encoding', etag: 'W/"abc"', 'set-cookie': ['a=1', 'b=2'] } })
    t.notHas(headers, 'content-length')
    t.notHas(headers, 'x-hop')
    t.match(await edge.entry(), { status: 200, bodyBytes: bytes.length, upstream: 'origin' })
  }
  t.match(await askBytes(edge.port, host, '/a'), { text, headers: { 'content-length': String(text.length), etag: '"abc"' } })
  const head = await askBytes(edge.port, host, '/a', { 'accept-encoding': 'br' }, 'HEAD')
  t.match(head, { status: 200, headers: { 'content-encoding': 'br', etag: 'W/"abc"' } })
  t.notHas(head.headers, 'content-length')
  t.match(await askBytes(edge.port, host, '/a', {}, 'HEAD'), { status: 200, headers: { 'content-length': String(text.length) } })
})

t.test('an answer without a body has none', async t => {
  const { edge } = await startProxied(t, (request, response) => void response.writeHead(Number(request.url!.slice(1)), { 'content-type': 'text/plain' }).end(), options)
  for (const status of [200, 204, 304]) t.match(await askBytes(edge.port, host, `/${status}`, { 'accept-encoding': 'br' }), { status, text: '' })
  t.match(await askBytes(edge.port, host, '/404'), { status: 404 }, 'the connection is good for the next one')
})

t.test('one that breaks off is cut off, and its owner is told', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.write(text, () => response.destroy())
  }, options)
  await t.rejects(askBytes(edge.port, host, '/a', { 'accept-encoding': 'br' }))
  t.match(await edge.entry(), { status: 200, code: 'upstream_failed' })
  t.match(edge.told, [{ fields: { code: 'upstream_failed' } }])
})

t.test('a small one leaves with its length, changed as a whole', async t => {
  const small = text.slice(0, 6_000)
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': small.length })
    response.write(small.slice(0, 100))
    setImmediate(() => response.end(small.slice(100)))
  }, options)
  for (const encoding of ['br', 'zstd', 'gzip']) {
    const { headers, bytes, ...answer } = await askBytes(edge.port, host, '/a', { 'accept-encoding': encoding })
    t.match({ headers, ...answer }, { status: 200, text: small, headers: { 'content-encoding': encoding, 'content-length': String(bytes.length) } })
    t.match(await edge.entry(), { status: 200, bodyBytes: bytes.length, upstream: 'origin' })
  }
  t.match(await askBytes(edge.port, host, '/a'), { text: small, headers: { 'content-length': '6000' } })
})

t.test('a small one that breaks off is none, and its owner is told', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 6_000 })
    response.write(text.slice(0, 100), () => response.destroy())
  }, options)
  t.match(await askBytes(edge.port, host, '/a', { 'accept-encoding': 'br' }), { status: 502, headers: { 'content-type': 'application/problem+json' } })
  t.match(await edge.entry(), { status: 502, code: 'upstream_failed' })
  t.match(edge.told, [{ fields: { code: 'upstream_failed' } }])
})

t.test('who does not read holds the writer up, compressed or not', async t => {
  for (const encoding of ['gzip', 'identity']) {
    const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>()
    const { edge } = await startProxied(t, (_request, response) => resolve(response), options)
    const { socket } = await converse(edge, `GET /a HTTP/1.1\r\nhost: ${host}\r\naccept-encoding: ${encoding}\r\n\r\n`)
    socket.pause()
    const response = await asked
    response.writeHead(200, { 'content-type': 'text/plain' })
    const written = await writeUntilFull(data => response.write(data), response, randomBytes(256 * 1024))
    t.ok(written < 1e8, `an upstream could write ${written} bytes that nobody reads`)
    socket.resume()
    await once(response, 'drain')
    socket.destroy()
    t.match(await edge.entry(), { code: 'client_closed' })
  }
})
