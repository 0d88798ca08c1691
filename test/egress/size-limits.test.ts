import t from 'tap'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

const limits = { maxResponseBytes: 1_000_000, maxRequestBytes: 1_000_000 }
const tooLarge = { code: 'response_too_large', message: 'the response is larger than 1 MB' }

t.test('a response that is too large, announced or not', async t => {
  const target = await startTarget(t, (request, response) => {
    const bytes = request.url!.includes('more') ? 1_000_001 : 1_000_000
    if (request.url!.includes('announced')) response.setHeader('content-length', bytes)
    response.end(Buffer.alloc(bytes, 'a'))
  })
  const egress = openEgress(t, { limits })
  for (const path of ['/more', '/more-announced']) t.strictSame(await fetchAll(egress, target.origin + path), tooLarge, path)
  for (const path of ['/', '/announced']) t.match(await fetchAll(egress, target.origin + path), { status: 200, bytes: 1_000_000 }, path)
  t.match(await fetchAll(egress, target.origin, { limits: { maxResponseBytes: 10 } }), { message: 'the response is larger than 10 bytes' }, 'a request may ask for less')
  t.strictSame(await fetchAll(egress, `${target.origin}/more`, { limits: { maxResponseBytes: 1e9 } }), tooLarge, 'and not for more')
})

t.test('a response that is small on the way and large at its end', async t => {
  const zeros = Buffer.alloc(100_000_000)
  const bombs: Record<string, Buffer> = {
    gzip: gzipSync(zeros, { level: 1 }), br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }), zstd: zstdCompressSync(zeros)
  }
  bombs['gzip, gzip'] = gzipSync(bombs.gzip!)
  const target = await startTarget(t, (request, response) => {
    const coding = decodeURIComponent(request.url!.slice(1))
    response.writeHead(200, { 'content-encoding': coding }).end(bombs[coding])
  })
  const egress = openEgress(t, { limits })
  const before = process.memoryUsage().rss
  for (const coding of Object.keys(bombs)) t.strictSame(await fetchAll(egress, `${target.origin}/${encodeURIComponent(coding)}`), tooLarge, coding)
  t.ok(process.memoryUsage().rss - before < 60_000_000, 'and it was never all there')
})

t.test('a request that is too large', async t => {
  const target = await startTarget(t, (request, response) => { request.resume().on('end', () => response.end('ok')) })
  const egress = openEgress(t, { limits })
  const expected = { code: 'request_too_large', message: 'the request is larger than 1 MB' }
  t.strictSame(await fetchAll(egress, target.origin, { method: 'POST', body: repeat(Buffer.alloc(65_536), 16) }), expected, 'as a stream')
  await target.disconnected()
  const seen = target.requests.length
  t.strictSame(await fetchAll(egress, target.origin, { method: 'POST', body: 'a'.repeat(1_000_001) }), expected, 'of known length')
  t.equal(target.requests.length, seen, 'which is not even begun')
  t.match(await fetchAll(egress, target.origin, { method: 'POST', body: repeat(Buffer.alloc(62_500), 16) }), { status: 200 })
})

t.test('headers that are too large', async t => {
  const target = await startTarget(t, (_request, response) => { response.setHeader('x-large', 'a'.repeat(40_000)).end() })
  const egress = openEgress(t)
  t.strictSame(await fetchAll(egress, target.origin), { code: 'response_too_large', message: 'the response headers are larger than 32 kB' })
  t.strictSame(await fetchAll(egress, target.origin, { headers: [['x-large', 'a'.repeat(40_000)]] }), { code: 'request_too_large', message: 'the request headers are larger than 32 kB' })
  t.match(await fetchAll(egress, `${target.origin}/${'a'.repeat(10_000)}`), { code: 'request_invalid', message: 'the URL is longer than 8192 characters' })
})

async function * repeat (chunk: Buffer, times: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < times; i++) yield chunk
}
