import t, { type Test } from 'tap'
import type { CorsConfig } from '#shared/plugins/cors.ts'
import { startEdge, type EdgeTestOptions, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const origin = 'https://app.example.com'

async function withCors (t: Test, cors: CorsConfig, options: EdgeTestOptions = {}): Promise<TestEdge & { key: string }> {
  const edge = await startEdge(t, options)
  edge.addGateway('shop', { plugins: { cors, 'limit-count': { count: 5, windowSeconds: 60 } } })
  return { ...edge, key: edge.addClient('shop', 'prod', 'web') }
}

t.test('a preflight ends at the gateway, without a key, and spends no limit', async t => {
  const edge = await withCors(t, {
    allowOrigins: [origin], allowHeaders: ['x-api-key', 'content-type'], allowMethods: ['GET', 'POST'], allowCredentials: true, maxAgeSeconds: 600
  })
  for (let i = 0; i < 10; i++) {
    const { status, headers, text } = await edge.traffic(host, '/hello', {
      method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' }
    })
    t.equal(status, 204)
    t.equal(text, '')
    t.match(headers, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'x-api-key, content-type',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '600',
      vary: /Origin/
    })
    t.notHas(headers, 'ratelimit')
  }
  t.match((await edge.traffic(host, '/hello', { key: edge.key })).headers, { ratelimit: /r=4;/ })
})

t.test('a preflight from another origin is told nothing', async t => {
  const edge = await withCors(t, { allowOrigins: [origin], allowCredentials: true, exposeHeaders: ['x-total'] })
  for (const other of ['https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'https://APP.example.com', 'null']) {
    const { status, headers } = await edge.traffic(host, '/hello', { method: 'OPTIONS', headers: { origin: other, 'access-control-request-method': 'GET' } })
    t.equal(status, 204, other)
    t.strictSame(Object.keys(headers).filter(name => name.startsWith('access-control')), [])
    t.equal(headers.vary, 'Origin')
  }
  const answer = await edge.traffic(host, '/hello', { key: edge.key, headers: { origin: 'https://evil.example' } })
  t.strictSame(Object.keys(answer.headers).filter(name => name.startsWith('access-control')), [])
})

t.test('without allowHeaders a preflight is granted the headers that it asks for', async t => {
  const edge = await withCors(t, { allowOrigins: ['*'] })
  const { headers } = await edge.traffic(host, '/hello', {
    method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a,x-b' }
  })
  t.match(headers, {
    'access-control-allow-origin': '*', 'access-control-allow-headers': 'x-a,x-b', 'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE'
  })
  t.match(headers.vary, /Access-Control-Request-Headers/)
})

t.test('credentials are never granted to every origin', async t => {
  const edge = await withCors(t, { allowOrigins: ['*', origin], allowCredentials: true })
  for (const init of [{ key: edge.key, headers: { origin } }, { method: 'OPTIONS' as const, headers: { origin, 'access-control-request-method': 'GET' } }]) {
    const { headers } = await edge.traffic(host, '/hello', init)
    t.equal(headers['access-control-allow-origin'], '*')
    t.notHas(headers, 'access-control-allow-credentials')
  }
})

t.test('what the gateway says about CORS is not for a function to change, and Vary is one list', async t => {
  const edge = await withCors(t, { allowOrigins: [origin], exposeHeaders: ['x-total', 'x-page'] }, {
    functions: {
      hello: () => ({
        status: 200,
        headers: [['Access-Control-Allow-Origin', '*'], ['access-control-allow-credentials', 'true'], ['vary', 'Accept'], ['x-total', '7']],
        body: 'x'
      })
    }
  })
  const { headers } = await edge.traffic(host, '/hello', { key: edge.key, headers: { origin } })
  t.match(headers, { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'x-total, x-page', vary: 'Origin, Accept', 'x-total': '7' })
  t.notHas(headers, 'access-control-allow-credentials')
})

t.test('without the policy a function speaks for itself', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['access-control-allow-origin', '*']], body: 'x' }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const { headers } = await edge.traffic(host, '/hello', { headers: { origin } })
  t.equal(headers['access-control-allow-origin'], '*')
  t.notHas(headers, 'vary')
})

t.test('OPTIONS that is no preflight goes the way of every request', async t => {
  const edge = await withCors(t, { allowOrigins: [origin] })
  t.match(await edge.traffic(host, '/hello', { method: 'OPTIONS', headers: { origin } }), { status: 401, headers: { 'access-control-allow-origin': origin } })
  t.match(await edge.traffic(host, '/hello', { method: 'OPTIONS', key: edge.key }), { status: 405, headers: { vary: 'Origin' } })
})
