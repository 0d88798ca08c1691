import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { reachable } from '../support/egress.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const settings = {
  request: { set: { 'X-Tenant': 'shop' }, default: { 'x-region': 'eu' }, remove: ['cookie'] },
  response: { set: { 'Strict-Transport-Security': 'max-age=31536000' }, default: { 'cache-control': 'no-store' }, remove: ['x-made-by', 'x-request-id'] }
}

t.test('functions are sent what is set, and without what is removed', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, headers: settings } })
  const { json } = await edge.traffic(host, '/hello', { headers: { 'x-tenant': 'another', 'x-region': 'us', cookie: 'a=b' } })
  t.match(json, { headers: { 'x-tenant': 'shop', 'x-region': 'us' } })
  t.notHas((json as { headers: object }).headers, 'cookie')
})

t.test('answers of functions, and problems, carry what is set', async t => {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 201, headers: [['x-made-by', 'me'], ['cache-control', 'max-age=5'], ['strict-transport-security', 'max-age=0']], body: 'hi' }) } })
  edge.addGateway('shop', { plugins: { none: {}, headers: settings } })
  const answer = await edge.traffic(host, '/hello')
  t.match(answer, { status: 201, headers: { 'strict-transport-security': 'max-age=31536000', 'cache-control': 'max-age=5', 'x-request-id': /\S/ } })
  t.notHas(answer.headers, 'x-made-by')
  t.match(await edge.traffic(host, '/nothing'), { status: 404, headers: { 'strict-transport-security': 'max-age=31536000', 'cache-control': 'no-store' } })
})

t.test('so do answers of upstreams, and what they are sent', async t => {
  const server = createServer((request, response) => response.writeHead(200, { 'x-made-by': 'up', 'x-seen': `${String(request.headers['x-tenant'])} ${String(request.headers.cookie)}` }).end('up')).listen(0, reachable)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const edge = await startEdge(t)
  const timeouts = { connectMs: 1_000, firstByteMs: 5_000, totalMs: 5_000 }
  edge.addGateway('shop', {
    plugins: { none: {}, headers: settings }, routes: [{ path: '/up', upstream: { name: 'api' } }],
    upstreams: { api: { url: `http://${reachable}:${(server.address() as AddressInfo).port}`, timeouts } }
  })
  const answer = await edge.traffic(host, '/up', { headers: { cookie: 'a=b' } })
  t.match(answer, { status: 200, text: 'up', headers: { 'strict-transport-security': 'max-age=31536000', 'cache-control': 'no-store', 'x-seen': 'shop undefined' } })
  t.notHas(answer.headers, 'x-made-by')
  server.closeAllConnections()
})
