import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('method and path choose the function', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { none: {} },
    variables: { A: '1' },
    routes: [
      { path: '/users', functionName: 'list', methods: ['GET'] },
      { path: '/users', functionName: 'create', methods: ['POST'], versionId: 'v2' },
      { path: '/users/:id', functionName: 'one', methods: ['GET', 'DELETE'], versionId: 'v3' }
    ]
  })
  t.match((await edge.traffic(host, '/users')).json, { fn: /^shop-prod\/list@v1\/[\w-]{22}$/ })
  t.match((await edge.traffic(host, '/users', { method: 'POST' })).json, { fn: /^shop-prod\/create@v2\// })
  t.match((await edge.traffic(host, '/users/7', { method: 'DELETE' })).json, { fn: /\/one@v3\//, params: { id: '7' } })

  t.match(await edge.traffic(host, '/user'), { status: 404, json: { code: 'route_not_found' } })
  t.match(await edge.traffic(host, '/users/'), { status: 404, json: { code: 'route_not_found' } })
  t.match(await edge.traffic(host, '/users', { method: 'DELETE' }), { status: 405, json: { code: 'method_not_allowed' }, headers: { allow: 'GET, POST, HEAD' } })
  t.match(await edge.traffic(host, '/users', { method: 'OPTIONS' }), { status: 405 }, 'OPTIONS is a method like the others')
  t.match(await edge.traffic(host, '/nothing', { method: 'OPTIONS' }), { status: 404 })
})

t.test('methods that no function can answer', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  for (const method of ['PROPFIND', 'TRACE', 'QUERY', 'PURGE']) {
    const answer = await edge.raw(`${method} /hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 405 [^]*allow: GET, HEAD\r\n[^]*"code":"method_not_allowed"/, method)
  }
})

t.test('a function may answer OPTIONS itself', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['OPTIONS'] }] })
  t.match(await edge.traffic(host, '/hello', { method: 'OPTIONS' }), { status: 200, json: { method: 'OPTIONS' } })
  const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' }
  t.match(await edge.traffic(host, '/hello', { method: 'OPTIONS', headers: preflight }), { status: 200 }, 'a preflight too, where the gateway has no CORS')
})

t.test('GET answers HEAD, without a body', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['content-type', 'text/plain']], body: 'hello' }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const answer = await edge.raw(`HEAD /hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.match(answer, /^HTTP\/1\.1 200 [^]*content-length: 5\r\n[^]*\r\n\r\n$/)
  t.match(await edge.raw(`HEAD /nothing HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 404 [^]*\r\n\r\n$/)
})

t.test('an environment without a release answers nothing', async t => {
  const edge = await startEdge(t)
  edge.commit({ type: 'gateway', gatewayId: 'shop', value: { name: 'Shop', defaultEnvironment: 'prod', plugins: { none: {} } } },
    { type: 'environment', gatewayId: 'shop', environment: 'prod', value: { plugins: {}, variables: {}, secrets: {}, release: null, canary: null, previews: [] } })
  t.match(await edge.traffic(host, '/'), { status: 404, json: { code: 'route_not_found' } })
})
