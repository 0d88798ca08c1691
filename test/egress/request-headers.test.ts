import t from 'tap'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

const ours: Array<[string, string]> = [
  ['Host', 'internal.example'], ['Connection', 'x-kept, close'], ['Content-Length', '99'], ['Transfer-Encoding', 'chunked'], ['Keep-Alive', 'timeout=99'],
  ['TE', 'trailers'], ['Trailer', 'x-late'], ['Upgrade', 'websocket'], ['Expect', '100-continue'], ['Via', '1.1 me'], ['Proxy-Connection', 'keep-alive'],
  ['HTTP2-Settings', 'AAA'], ['X-Imprun-Request-Id', 'forged']
]

t.test('headers that belong to the connection, or to imprun, are left out', async t => {
  const target = await startTarget(t, (request, response) => { request.pipe(response) })
  const egress = openEgress(t)
  t.match(await fetchAll(egress, target.origin, { method: 'POST', headers: [...ours, ['X-Kept', 'yes']], body: 'data' }), { status: 200, text: 'data' })
  const { headers } = target.requests[0]!
  t.strictSame(headers, {
    host: `127.0.0.2:${target.port}`, connection: 'keep-alive', 'content-length': '4', 'x-kept': 'yes', accept: '*/*', 'user-agent': 'imprun', 'accept-encoding': 'gzip, deflate, br, zstd'
  })
})

t.test('what the author says goes before the defaults', async t => {
  const target = await startTarget(t)
  const egress = openEgress(t)
  await fetchAll(egress, target.origin, { headers: [['Accept', 'text/csv'], ['User-Agent', 'shop/1'], ['Accept-Encoding', 'identity']] })
  t.match(target.requests[0]!.headers, { accept: 'text/csv', 'user-agent': 'shop/1', 'accept-encoding': 'identity' })
  await fetchAll(egress, target.origin, { headers: [['Range', 'bytes=0-9']] })
  t.match(target.requests[1]!.headers, { range: 'bytes=0-9', 'accept-encoding': 'identity' }, 'a part of a compressed body cannot be decoded')
})

t.test('a header ends where its author meant it to', async t => {
  const target = await startTarget(t)
  const egress = openEgress(t)
  const wrong: Array<[string, string]> = [
    ['x-a', 'b\r\nx-injected: yes'], ['x-a', 'b\nx-injected: yes'], ['x-a', 'b\rx-injected: yes'], ['x-a', 'b\0c'], ['x-a', 'b\u010dc'], ['x-a', 'b\x7fc'],
    ['x-a\r\nx-injected', 'yes'], ['x-a: b', 'c'], ['', 'b'], ['x a', 'b'], ['x\u00e9', 'b']
  ]
  for (const header of wrong) t.match(await fetchAll(egress, target.origin, { headers: [header] }), { code: 'request_invalid' }, JSON.stringify(header))
  t.equal(target.requests.length, 0)

  t.match(await fetchAll(egress, target.origin, { headers: [['x-a', ' \t b é \r\n']] }), { status: 200 })
  t.strictSame(target.requests[0]!.rawHeaders.slice(target.requests[0]!.rawHeaders.indexOf('x-a'))[1], 'b é')
  t.notOk(target.requests.some(request => 'x-injected' in request.headers))
})

t.test('a path cannot end the line either', async t => {
  const target = await startTarget(t, (request, response) => { response.end(request.url) })
  t.match(await fetchAll(openEgress(t), `${target.origin}/a b\r\nc\td%0d%0ae?x y#z`), { text: '/a%20bcd%0d%0ae?x%20y' })
})
