import { once } from 'node:events'
import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('one entry a request says who asked for what, and what came of it', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 201, headers: [], body: 'héllo' }) } })
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile')

  const { headers } = await edge.traffic(host, '/hello?secret=1', { key })
  const entry = await edge.entry()
  t.match(entry, {
    time: edge.clock.now(),
    requestId: headers['x-request-id'],
    route: 'shop-prod',
    release: 1,
    functionName: 'hello',
    versionId: 'v1',
    clientId: 'mobile',
    apiKeyId: 'key-mobile',
    method: 'GET',
    path: '/hello',
    status: 201,
    code: null,
    bodyBytes: 6
  })
  t.ok(entry.durationMs >= entry.functionMs && entry.functionMs > 0)

  await edge.traffic('nobody.api.localhost', '/x')
  t.match(await edge.entry(), { route: null, release: null, functionName: null, clientId: null, status: 404, code: 'host_unknown' })
  await edge.traffic(host, '/hello')
  t.match(await edge.entry(), { route: 'shop-prod', functionName: null, clientId: null, status: 401, code: 'api_key_missing' })
  await edge.traffic(host, '/nothing', { key })
  t.match(await edge.entry(), { route: 'shop-prod', functionName: null, clientId: 'mobile', status: 404, code: 'route_not_found' })
})

t.test('a client that goes away is recorded as such, and is no error', async t => {
  const called = Promise.withResolvers<void>()
  const result = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      hello: async () => {
        called.resolve()
        await result.promise
        return { status: 200, headers: [], body: 'too late' }
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  socket.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await called.promise
  socket.destroy()
  await once(socket, 'close')
  t.match(await edge.entry(), { functionName: 'hello', status: 499, code: 'client_closed' })
  result.resolve()
  t.equal((await edge.traffic(host, '/hello')).status, 200)
})
