import t, { type Test } from 'tap'
import { rawClient, type RawClient } from '../support/raw-client.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { host, startProxied } from '../support/upstream.ts'

const post = (path: string, ...fields: string[]): string => [`POST ${path} HTTP/1.1`, `Host: ${host}`, 'Expect: 100-continue', ...fields, '', ''].join('\r\n')

async function ask (t: Test, edge: TestEdge, head: string): Promise<RawClient> {
  const client = await rawClient(t, edge.port)
  client.write(head)
  return client
}

t.test('a function is sent the body when it is wanted, and the connection goes on', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['POST'] }] })
  const client = await ask(t, edge, post('/hello', 'Content-Length: 4'))
  t.equal(await client.until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n')
  client.write('body')
  t.match(await client.until(/"body":"body"/), /\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*connection: keep-alive/i)
  client.write(post('/hello', 'Transfer-Encoding: chunked'))
  await client.until(/"body":"body"[^]*100 Continue\r\n\r\n/)
  client.write('5\r\nagain\r\n0\r\n\r\n')
  await client.until(/"body":"again"/)
})

t.test('what is refused is not uploaded, and the connection ends', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { routes: [{ path: '/hello', methods: ['POST'] }] })
  const key = `x-api-key: ${edge.addClient('shop', 'prod', 'mobile')}`
  const cases: Array<[status: string, head: string]> = [
    ['401', post('/hello', 'Content-Length: 4')],
    ['404', post('/nowhere', 'Content-Length: 4', key)],
    ['405', post('/hello', 'Content-Length: 4', key).replace('POST', 'PUT')],
    ['400', post('/a/../hello', 'Content-Length: 4', key)],
    ['413', post('/hello', 'Content-Length: 1000000000', key)],
    ['404', post('/hello', 'Content-Length: 4').replace(host, 'nobody.api.localhost')]
  ]
  for (const [status, head] of cases) {
    const answer = await (await ask(t, edge, head)).closed
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close`, 'i'), head)
    t.notMatch(answer, '100 Continue')
  }
})

t.test('bytes behind a refused expectation are no second request', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { routes: [{ path: '/hello', methods: ['POST', 'GET'] }] })
  const answer = await (await ask(t, edge, `${post('/hello', 'Content-Length: 4')}GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).closed
  t.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, answer)
})

t.test('an upstream is reached before the body is asked for', async t => {
  const { edge, target } = await startProxied(t, (request, response) => { request.pipe(response) })
  const client = await ask(t, edge, post('/', 'Content-Length: 4'))
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  client.write('body')
  await client.until(/200 OK[^]*body/)
  t.equal(target.requests[0]!.headers.expect, undefined)

  target.server.closeAllConnections()
  await new Promise(resolve => target.server.close(resolve))
  const answer = await (await ask(t, edge, post('/', 'Content-Length: 4'))).closed
  t.match(answer, /^HTTP\/1\.1 502 [^]*upstream_unreachable/)
})

t.test('without a body there is nothing to wait for', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['GET', 'POST'] }] })
  for (const head of [post('/hello'), post('/hello', 'Content-Length: 0'), post('/hello').replace('POST', 'GET')]) {
    const client = await ask(t, edge, head)
    t.match(await client.until(/\}$/), /^HTTP\/1\.1 200 OK\r\n/, head)
  }
})

t.test('whatever else is expected cannot be met', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['POST'] }] })
  for (const expect of ['200-ok', 'y 100-continue', '100-continue, 200-ok', '100-continue;a=b', '']) {
    const answer = await (await ask(t, edge, post('/hello', 'Content-Length: 4').replace('100-continue', expect))).closed
    t.match(answer, /^HTTP\/1\.1 417 [^]*connection: close[^]*"code":"expectation_failed"/i, expect)
  }
  const old = await ask(t, edge, `${post('/hello', 'Content-Length: 4', 'Connection: close').replace('HTTP/1.1', 'HTTP/1.0').replace('100-continue', 'more')}body`)
  t.match(await old.closed, /^HTTP\/1\.1 200 /, 'HTTP/1.0 expects nothing')
})
