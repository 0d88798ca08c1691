import t from 'tap'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { fetchAll, makeRequest, openEgress, startTarget } from '../support/egress.ts'

const text = 'hello, hello, hello'.repeat(100)
const bodies: Record<string, [coding: string, body: Buffer]> = {
  gzip: ['gzip', gzipSync(text)],
  'x-gzip': ['X-GZip', gzipSync(text)],
  deflate: ['deflate', deflateSync(text)],
  'bare deflate': ['deflate', deflateRawSync(text)],
  br: ['br', brotliCompressSync(text)],
  zstd: ['zstd', zstdCompressSync(text)],
  two: ['gzip, br', brotliCompressSync(gzipSync(text))],
  identity: ['identity', Buffer.from(text)],
  empty: ['gzip', Buffer.alloc(0)],
  cut: ['gzip', gzipSync(text).subarray(0, -8)],
  unknown: ['rot13', Buffer.from('uryyb')],
  four: ['gzip,gzip,gzip,gzip', gzipSync(text)],
  wrong: ['gzip', Buffer.from('this is no gzip')],
  'wrong br': ['br', Buffer.from('this is no brotli')],
  'wrong zstd': ['zstd', Buffer.from('this is no zstd')]
}

t.test('content codings are taken off', async t => {
  const target = await startTarget(t, (request, response) => {
    const [coding, body] = bodies[decodeURIComponent(request.url!.slice(1))]!
    response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(request.method === 'HEAD' ? undefined : body)
  })
  const egress = openEgress(t)
  const fetchBody = async (name: string) => await fetchAll(egress, `${target.origin}/${encodeURIComponent(name)}`)

  for (const name of ['gzip', 'x-gzip', 'deflate', 'bare deflate', 'br', 'zstd', 'two', 'cut']) {
    const answer = await fetchBody(name)
    t.match(answer, { status: 200, text }, name)
    t.notOk('headers' in answer && ('content-encoding' in answer.headers || 'content-length' in answer.headers), `${name}: the headers describe what is left`)
  }
  t.match(await fetchBody('identity'), { text, headers: { 'content-encoding': 'identity' } })
  t.match(await fetchBody('empty'), { status: 200, text: '' })
  t.match(await fetchBody('unknown'), { text: 'uryyb', headers: { 'content-encoding': 'rot13' } })
  t.match(await fetchBody('four'), { code: 'response_invalid' })
  t.strictSame(await fetchBody('wrong'), { code: 'response_invalid', message: 'the response is not valid gzip' })
  t.strictSame(await fetchBody('wrong br'), { code: 'response_invalid', message: 'the response is not valid br' })
  t.strictSame(await fetchBody('wrong zstd'), { code: 'response_invalid', message: 'the response is not valid zstd' })

  const head = await egress.fetch(makeRequest(`${target.origin}/gzip`, { method: 'HEAD' }))
  t.equal(head.body, null)
  t.strictSame(new Map(head.headers).get('content-encoding'), 'gzip')
})
