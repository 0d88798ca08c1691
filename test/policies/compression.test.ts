import { once } from 'node:events'
import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import t, { type Test } from 'tap'
import { request } from 'undici'
import type { CompressionSettings } from '#shared/policies/compression/schema.ts'
import type { FunctionResult } from '../../data-plane/functions/runner.ts'
import { askBytes } from '../support/bytes.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const text = 'All work and no play makes Jack a dull boy. '.repeat(1_000)
type Fields = FunctionResult['headers']

async function startAnswering (t: Test, answer: () => FunctionResult, settings: CompressionSettings = {}): Promise<TestEdge> {
  const edge = await startEdge(t, { functions: { hello: answer } })
  edge.addGateway('shop', { plugins: { none: {}, compression: settings } })
  return edge
}

const plain = (headers: Fields = [], body: FunctionResult['body'] = text): FunctionResult => ({ status: 200, headers: [['content-type', 'text/plain; charset=utf-8'], ...headers], body })

t.test('a body is compressed as the client likes it, whatever its size', async t => {
  for (const body of [text, text.slice(0, 2_000), Buffer.from(text)]) {
    const edge = await startAnswering(t, () => plain([['etag', '"abc"'], ['accept-ranges', 'bytes']], body))
    for (const encoding of ['br', 'zstd', 'gzip']) {
      const answer = await askBytes(edge.port, host, '/hello', { 'accept-encoding': encoding })
      t.match(answer, { status: 200, text: String(body), headers: { 'content-encoding': encoding, vary: 'Accept-Encoding', etag: 'W/"abc"', 'content-length': String(answer.bytes.length) } })
      t.notHas(answer.headers, 'accept-ranges')
      t.ok(answer.bytes.length < 500, `${answer.bytes.length} bytes`)
      t.equal((await edge.entry()).bodyBytes, answer.bytes.length)
    }
    const { headers, text: same } = await askBytes(edge.port, host, '/hello')
    t.match(headers, { vary: 'Accept-Encoding', etag: '"abc"' }, 'others are told that it depends')
    t.notHas(headers, 'content-encoding')
    t.equal(same, String(body))
  }
})

t.test('these stay as they are', async t => {
  const cases: Record<string, FunctionResult> = {
    'encoded already': plain([['content-encoding', 'gzip']], 'x'.repeat(2_000)),
    'not to be transformed': plain([['cache-control', 'public, No-Transform']]),
    'a part': { ...plain([['content-range', 'bytes 0-1/2']]), status: 206 },
    'a part by another status': plain([['content-range', 'bytes 0-1/2']]),
    small: plain([], 'x'.repeat(1_023)),
    'of another type': { status: 200, headers: [['content-type', 'image/png']], body: text },
    'of no type': { status: 200, headers: [], body: text },
    events: { status: 200, headers: [['content-type', 'text/event-stream']], body: text }
  }
  for (const [name, result] of Object.entries(cases)) {
    const edge = await startAnswering(t, () => result)
    const { headers, bytes } = await edge.traffic(host, '/hello', { headers: { 'accept-encoding': 'br' } }).then(({ headers, text }) => ({ headers, bytes: text }))
    t.equal(headers['content-encoding'], result.headers.find(([name]) => name === 'content-encoding')?.[1], name)
    t.equal(bytes, result.body, name)
    t.notHas(headers, 'vary', name)
  }
})

t.test('types, sizes and encodings are the owner\'s choice', async t => {
  const edge = await startAnswering(t, () => ({ status: 200, headers: [['content-type', 'Application/Vnd.Shop+JSON; v=1']], body: 'xxxxxxxx' }), { minBytes: 8, encodings: ['gzip'], types: ['application/*+json'], levels: { gzip: 9 } })
  t.match(await askBytes(edge.port, host, '/hello', { 'accept-encoding': 'br, gzip;q=0.1' }), { text: 'xxxxxxxx', headers: { 'content-encoding': 'gzip' } })
})

t.test('what varies already varies by this as well', async t => {
  for (const [before, after] of [['Origin', 'Origin, Accept-Encoding'], ['accept-encoding', 'accept-encoding'], ['*', '*']] as const) {
    const edge = await startAnswering(t, () => plain([['vary', before]]))
    t.match(await askBytes(edge.port, host, '/hello', { 'accept-encoding': 'br' }), { headers: { vary: after, 'content-encoding': 'br' } })
  }
})

t.test('HEAD is answered as GET would be, without the work', async t => {
  const edge = await startAnswering(t, () => plain([['etag', '"abc"']]))
  const { headers, bytes } = await askBytes(edge.port, host, '/hello', { 'accept-encoding': 'gzip' }, 'HEAD')
  t.match(headers, { 'content-encoding': 'gzip', etag: 'W/"abc"', vary: 'Accept-Encoding' })
  t.notHas(headers, 'content-length')
  t.equal(bytes.length, 0)
  t.match(await askBytes(edge.port, host, '/hello', {}, 'HEAD'), { headers: { 'content-length': String(text.length), etag: '"abc"' } })
})

t.test('304 names the validator that the client has', async t => {
  const edge = await startAnswering(t, () => ({ status: 304, headers: [['etag', '"abc"']], body: null }))
  t.match(await askBytes(edge.port, host, '/hello', { 'if-none-match': 'W/"abc"' }), { status: 304, headers: { etag: 'W/"abc"', vary: 'Accept-Encoding' } })
  t.match(await askBytes(edge.port, host, '/hello', { 'if-none-match': '"abc"' }), { status: 304, headers: { etag: '"abc"' } })
})

t.test('each part of a stream can be read when it has come, and a client that leaves ends it', async t => {
  let body = new Readable({ read () {} })
  const edge = await startAnswering(t, () => plain([], body))
  for (const [encoding, decoder] of [['br', createBrotliDecompress], ['zstd', createZstdDecompress], ['gzip', createGunzip]] as const) {
    body = new Readable({ read () {} })
    body.push('first')
    const answer = await request(`http://127.0.0.1:${edge.port}/hello`, { headers: { host, 'accept-encoding': encoding } })
    t.match(answer.headers, { 'content-encoding': encoding, 'transfer-encoding': 'chunked' })
    const read = answer.body.pipe(decoder())
    t.equal(String((await once(read, 'data'))[0]), 'first', 'nothing has ended')
    body.push('second')
    t.equal(String((await once(read, 'data'))[0]), 'second')
    const closed = new Promise(resolve => body.once('close', resolve))
    answer.body.on('error', () => undefined).destroy()
    await closed
  }
})

t.test('a stream that fails is cut off', async t => {
  const edge = await startAnswering(t, () => plain([], Readable.from((function * () {
    yield 'begun'
    throw new Error('and lost')
  })())))
  await t.rejects(askBytes(edge.port, host, '/hello', { 'accept-encoding': 'br' }))
  t.match(await edge.entry(), { status: 200, code: 'internal' })
})
