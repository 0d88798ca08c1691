import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import t from 'tap'
import { until } from '../support/until.ts'
import { converse, host, startProxied, type ProxiedOptions } from '../support/upstream.ts'

const options: ProxiedOptions = { plugins: { none: {}, cache: {} } }

/** An upstream that says nothing of the time, which is not that of the edge. */
const dateless = (listener: RequestListener): RequestListener => (request, response) => {
  response.sendDate = false
  listener(request, response)
}

t.test('what upstreams answer is kept as what functions do', async t => {
  const { edge, target } = await startProxied(t, dateless((_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60', etag: '"a"', 'content-type': 'text/plain', 'cache-tag': 'x', connection: 'x-hop', 'x-hop': '1' })
    response.write('some ')
    response.end('thing')
  }), options)
  t.match(await edge.traffic(host, '/a'), { text: 'some thing', headers: { 'cache-status': 'imprun; fwd=uri-miss; stored' } })
  const { headers, ...answer } = await edge.traffic(host, '/a')
  t.match({ headers, ...answer }, { text: 'some thing', headers: { 'content-length': '10', 'cache-status': 'imprun; hit; ttl=60', etag: '"a"', 'content-type': 'text/plain' } })
  for (const name of ['x-hop', 'cache-tag']) t.notHas(headers, name)
  t.match(await edge.traffic(host, '/a', { headers: { 'if-none-match': '"a"' } }), { status: 304 })
  t.equal(target.requests.length, 1)
})

t.test('they are asked whether it is still good, and it stands in for them when they fail', async t => {
  let answer = (request: IncomingMessage, response: ServerResponse): unknown => request.headers['if-none-match'] === '"a"'
    ? response.writeHead(304, { 'cache-control': 'max-age=60, stale-if-error=600' }).end()
    : response.writeHead(200, { 'cache-control': 'max-age=60, stale-if-error=600', etag: '"a"' }).end('good')
  const { edge } = await startProxied(t, dateless((request, response) => void answer(request, response)), options)
  const later = (): void => edge.clock.set(edge.clock.now() + 61_000)
  await edge.traffic(host, '/a')
  later()
  t.match(await edge.traffic(host, '/a'), { status: 200, text: 'good', headers: { 'cache-status': 'imprun; fwd=stale; fwd-status=304; stored' } })
  for (const fails of [
    (_request: IncomingMessage, response: ServerResponse) => response.writeHead(502, { 'content-length': 1000 }).flushHeaders(),
    (request: IncomingMessage) => request.socket.destroy()
  ]) {
    later()
    answer = fails
    t.match(await edge.traffic(host, '/a'), { status: 200, text: 'good', headers: { 'cache-status': /stale-if-error/ } })
  }
})

t.test('what is stale is given out while they are asked, also when its client is gone', async t => {
  let number = 0
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>()
  const { edge } = await startProxied(t, dateless((_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60, stale-while-revalidate=600' })
    number++
    if (number === 1) response.end('old')
    else {
      response.write('ne')
      resolve(response)
    }
  }), options)
  await edge.traffic(host, '/a')
  edge.clock.set(edge.clock.now() + 61_000)
  const { socket, until: hears, closed } = await converse(edge, `GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  await hears('old')
  await closed
  socket.destroy()
  const response = await asked
  t.match(await edge.traffic(host, '/a'), { text: 'old' })
  response.end('w')
  await until('it is kept', () => edge.traffic(host, '/a'), ({ text }) => text === 'new')
  t.equal(number, 2)
})

t.test('a client that leaves in the middle leaves an answer for the next one', async t => {
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>()
  const { edge, target } = await startProxied(t, dateless((_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60' })
    response.write('some ')
    resolve(response)
  }), options)
  const { socket, until: hears } = await converse(edge, `GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await hears('some ')
  socket.destroy()
  t.match(await edge.entry(), { code: 'client_closed' })
  const response = await asked
  response.end('thing')
  t.match(await edge.traffic(host, '/a'), { text: 'some thing' })
  t.equal(target.requests.length, 1)
})

t.test('an answer that breaks off is not kept', async t => {
  let isWhole = false
  const { edge } = await startProxied(t, dateless((_request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': 10 })
    response.write('some ', () => isWhole ? response.end('thing') : response.destroy())
  }), options)
  await t.rejects(edge.traffic(host, '/a'))
  isWhole = true
  t.match(await edge.traffic(host, '/a'), { text: 'some thing' })
})
