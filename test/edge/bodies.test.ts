import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const maxBytes = 6 * 1024 * 1024

t.test('a body is handed on as it came, whatever it says that it is', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/post', methods: ['POST', 'DELETE', 'OPTIONS'] }] })
  const post = async (body: string, type?: string): Promise<unknown> => {
    const { json } = await edge.traffic(host, '/post', { method: 'POST', body, ...(type && { headers: { 'content-type': type } }) })
    return (json as { body: unknown }).body
  }
  t.equal(await post('{"a": not json', 'application/json'), '{"a": not json')
  t.equal(await post('{"__proto__": 1}', 'application/json; charset=utf-8'), '{"__proto__": 1}')
  t.equal(await post('a=b', 'application/x-www-form-urlencoded'), 'a=b')
  t.equal(await post('é', 'text/plain'), Buffer.from('é').toString('latin1'))
  t.equal(await post('x', 'application/x-unheard-of'), 'x')
  t.equal(await post('x'), 'x')
  t.equal(await post(''), null)
  t.match(await edge.traffic(host, '/post', { method: 'DELETE', body: 'x' }), { json: { body: 'x' } })

  const chunked = await edge.raw(`POST /post HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)
  t.match(chunked, /"body":"abcde"/)
})

t.test('a body may have 6 MiB and not one byte more', async t => {
  const edge = await startEdge(t, { functions: { hello: call => ({ status: 200, headers: [], body: String(call.body!.length) }) } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/post', methods: ['POST'] }] })
  const post = async (bytes: number) => await edge.traffic(host, '/post', { method: 'POST', body: Buffer.alloc(bytes) })
  t.match(await post(maxBytes), { status: 200, text: String(maxBytes) })
  t.match(await post(maxBytes + 1), { status: 413, json: { code: 'payload_too_large' } })
  const chunk = `${(maxBytes + 1).toString(16)}\r\n${'x'.repeat(maxBytes + 1)}\r\n`
  t.match(await edge.raw(`POST /post HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`, { answers: 1 }), /^HTTP\/1\.1 413 /)
})

t.test('what is refused is not read', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { routes: [{ path: '/post', methods: ['POST'] }] })
  const answer = await edge.raw(`POST /post HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`, { answers: 1 })
  t.match(answer, /^HTTP\/1\.1 401 [^]*api_key_missing/)
})

t.test('a type that is none is refused', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/post', methods: ['POST'] }] })
  const answer = await edge.traffic(host, '/post', { method: 'POST', body: 'x', headers: { 'content-type': 'not a type' } })
  t.match(answer, { status: 415, json: { code: 'unsupported_media_type' } })
})
