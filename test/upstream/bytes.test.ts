import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:http2'
import t from 'tap'
import { host, startProxied } from '../support/upstream.ts'

/** Every byte there is, and sequences that look like text in one encoding or another. */
const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from('é€😀', 'utf8'), Buffer.from([0xff, 0xfe, 0xc3, 0x28])])

t.test('the bytes of an answer are the upstream\'s, however it sends them', async t => {
  const big = Buffer.concat(Array.from({ length: 200 }, () => bytes))
  const { edge } = await startProxied(t, (request, response) => {
    const body = request.url!.startsWith('/big') ? big : bytes
    if (request.url!.endsWith('length')) return response.writeHead(200, { 'content-length': body.length, 'x-latin': 'caf\xe9' }).end(body)
    if (request.url!.endsWith('trailers')) {
      response.writeHead(200, { trailer: 'x-sum' })
      response.addTrailers({ 'x-sum': 'abc' })
      return response.end(body)
    }
    if (request.url!.endsWith('pieces')) {
      response.write(body.subarray(0, 7))
      response.write(body.subarray(7, 260))
      return response.end(body.subarray(260))
    }
    response.flushHeaders()
    setImmediate(() => response.end(body))
  }, { settings: { h2c: true } })
  for (const kind of ['length', 'trailers', 'pieces', 'later']) {
    for (const [size, expected] of [['small', bytes], ['big', big]] as const) {
      const path = `/${size}-${kind}`
      t.ok(expected.equals(await overHttp1(edge.port, path)), `HTTP/1.1 ${path}`)
      t.ok(expected.equals(await overHttp2(edge.port, path)), `HTTP/2 ${path}`)
    }
  }
})

async function overHttp1 (port: number, path: string): Promise<Buffer> {
  const asked = request({ host: '127.0.0.1', port, path, agent: false, headers: { host, te: 'trailers', connection: 'close, te' } }).end()
  const [answer] = await once(asked, 'response') as [NodeJS.ReadableStream]
  return Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>))
}

async function overHttp2 (port: number, path: string): Promise<Buffer> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request({ ':path': path, ':authority': host, te: 'trailers' })
    return Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>))
  } finally {
    session.close()
  }
}
