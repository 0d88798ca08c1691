import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { rawClient } from '../support/raw-client.ts'
import { host, startProxied } from '../support/upstream.ts'

const get = (...fields: string[]): string => ['GET / HTTP/1.1', `Host: ${host}`, 'Connection: close, TE', ...fields, '', ''].join('\r\n')

t.test('trailers of an upstream go to clients that take them, and never into the head', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => {
    response.writeHead(200, { trailer: 'grpc-status, set-cookie' })
    response.write('body')
    response.addTrailers({ 'grpc-status': '0', 'x-sum': 'abc', 'set-cookie': 'a=b', 'content-type': 'text/html', 'x-request-id': 'other', 'access-control-allow-origin': '*' })
    response.end()
  })
  const taken = await edge.raw(get('TE: trailers'))
  t.match(taken, /\r\ntrailer: grpc-status, set-cookie\r\n/i)
  t.match(taken, /body\r\n0\r\ngrpc-status: 0\r\nx-sum: abc\r\n\r\n$/)
  t.equal(target.requests[0]!.headers.te, 'trailers')
  t.match(await edge.raw(get('TE: gzip;q=0.5, Trailers')), /x-sum/)

  const left = await edge.raw(get())
  t.match(left, /body\r\n0\r\n\r\n$/)
  t.notMatch(left, /x-sum|trailer/i)
  t.equal(target.requests[2]!.headers.te, undefined)
  t.notMatch(await edge.raw(get('TE: trailers').replace('HTTP/1.1', 'HTTP/1.0')), /x-sum|trailer/i)
})

t.test('behind a length or a head alone there are none', async t => {
  const { edge } = await startProxied(t, (request, response) => {
    if (request.method === 'HEAD') response.writeHead(200).end()
    else response.writeHead(200, { 'content-length': 4 }).end('body')
  })
  t.match(await edge.raw(get('TE: trailers')), /\r\n\r\nbody$/)
  t.match(await edge.raw(get('TE: trailers').replace('GET', 'HEAD')), /^HTTP\/1\.1 200 [^]*\r\n\r\n$/)
})

const upload = `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: x-api-key, x-sum\r\n\r\n4\r\nbody\r\n0\r\nx-sum: abc\r\nx-consumer-username: somebody\r\n\r\n`

t.test('trailers of a request are read past', async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify([request.headers, request.trailers])))
  })
  const client = await rawClient(t, edge.port)
  client.write(upload)
  const text = await client.until(/\]$/)
  t.notMatch(text, /x-sum|somebody/)
  client.write(upload)
  await client.until(/\][^]*\]$/)
  t.equal(target.requests.length, 2, 'and the next request begins behind them')
})

t.test('functions do not see them', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/', methods: ['POST'] }] })
  const text = await (async () => {
    const client = await rawClient(t, edge.port)
    client.write(upload)
    return await client.until(/\}$/)
  })()
  t.match(text, /"body":"body"/)
  t.notMatch(text, /abc|somebody/)
})
