import { createServer } from 'node:http'
import t from 'tap'
import { converse, host, startProxied, startProxy, startRawTarget } from '../support/upstream.ts'

t.test('status, headers and length are the upstream\'s', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeHead(404, { 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'], etag: '"7"', 'content-length': 4, date: 'Thu, 01 Jan 1970 00:00:00 GMT' }).end('gone')
  })
  const answer = await edge.traffic(host, '/x')
  t.match(answer, { status: 404, text: 'gone', headers: { 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'], etag: '"7"', 'content-length': '4', date: /1970/, 'transfer-encoding': undefined } })
  t.match(await edge.entry(), {
    status: 404, code: null, functionName: 'proxied', versionId: 'v1', upstream: 'origin', bodyBytes: 4, functionMs: Number
  })
})

t.test('HEAD, 204 and 304 have no body, and the next answer is not taken for one', async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    if (request.url === '/none') return response.writeHead(204).end()
    if (request.url === '/same') return response.writeHead(304, { etag: '"1"', 'content-length': 5 }).end()
    response.writeHead(200, { 'content-length': 5 }).end(request.method === 'HEAD' ? undefined : 'hello')
  })
  const get = (path: string, method = 'GET'): string => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  const { until, received } = await converse(edge, `${get('/', 'HEAD')}${get('/none')}${get('/same')}${get('/')}`)
  await until(/hello$/)
  const heads = received().split('\r\n\r\n')
  t.match(heads[0], /^HTTP\/1\.1 200 [^]*content-length: 5/)
  t.match(heads[1], /^HTTP\/1\.1 204 /)
  t.notMatch(heads[1], /content-length|transfer-encoding/i)
  t.match(heads[2], /^HTTP\/1\.1 304 [^]*content-length: 5/)
  t.match(heads[3], /^HTTP\/1\.1 200 /)
  t.equal(heads.length, 5)
  t.strictSame(target.requests.map(({ method }) => method), ['HEAD', 'GET', 'GET', 'GET'])
})

t.test('informational answers stay between the gateway and the upstream', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeProcessing()
    response.write('body')
    response.end()
  })
  const { until, received } = await converse(edge, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await until('\r\n0\r\n\r\n')
  t.match(received(), /^HTTP\/1\.1 200 /)
  t.notMatch(received(), /HTTP\/1\.1 10|link/i)
})

t.test('a client that waits with its body is told to send it, and the upstream not asked to', async t => {
  const { edge, target } = await startProxied(t, (request, response) => { request.pipe(response) })
  const { until, socket, received } = await converse(edge, `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`)
  await until('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('ok')
  await until(/ok|\r\n2\r\nok/)
  t.match(received(), /HTTP\/1\.1 200 OK/)
  t.equal(target.requests[0]!.headers.expect, undefined)
})

t.test('an answer to HTTP/1.0 has its length, or ends with the connection', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.write('a')
    response.end('b')
  })
  const { closed, received } = await converse(edge, `GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`)
  await closed
  t.match(received(), /^HTTP\/1\.1 200 [^]*\r\n\r\nab$/)
  t.notMatch(received(), /chunked/)
})

t.test('what is no HTTP is a failure, and nothing of it gets through', async t => {
  const cases: Array<[answer: string, code: string]> = [
    ['SSH-2.0-OpenSSH_9\r\n', 'upstream_failed'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'upstream_failed'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'upstream_failed'],
    ['HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n', 'upstream_failed'],
    ['HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n', 'upstream_failed'],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'upstream_failed'],
    [`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 'upstream_failed']
  ]
  let answer = ''
  const edge = await startProxy(t, await startRawTarget(t, socket => socket.on('data', () => socket.end(answer))))
  for (const [bytes, code] of cases) {
    answer = bytes
    t.match(await edge.traffic(host, '/'), { status: 502, json: { code } }, bytes.slice(0, 60))
  }
  t.equal(edge.told.length, cases.length)
})

t.test('an upstream that is another gateway of this platform works as any other', async t => {
  const inner = createServer((request, response) => { response.setHeader('via', '1.1 imprun').end(request.headers.via) })
  t.teardown(() => { inner.close() })
  const { edge } = await startProxied(t, (request, response) => { inner.emit('request', request, response) })
  t.match(await edge.traffic(host, '/', { headers: { via: '1.1 imprun, 1.0 other' } }), { status: 200, text: '1.1 imprun, 1.0 other, 1.1 imprun' })
})
