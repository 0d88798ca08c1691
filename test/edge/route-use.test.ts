import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { FunctionResult } from '../../data-plane/functions/runner.ts'
import { RouteCounts } from '../../data-plane/usage/route-counts.ts'
import { startEdge, type EdgeTestOptions, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

async function start (t: Test, options: EdgeTestOptions = {}): Promise<TestEdge & { counts: RouteCounts }> {
  const counts = new RouteCounts(() => undefined)
  return { ...await startEdge(t, { ...options, countRequest: counts.count }), counts }
}

t.test('requests are counted by their route, whatever is answered', async t => {
  const files = (): FunctionResult => ({ status: 200, headers: [], body: null })
  const edge = await start(t, { functions: { hello: ({ query }) => ({ status: query === '' ? 200 : 503, headers: [], body: null }), files } })
  edge.addGateway('shop', { routes: [{ path: '/users/:id', methods: ['GET', 'POST'] }, { path: '/files/*', functionName: 'files', methods: ['GET', 'HEAD'] }] })
  const [mobile, web] = ['mobile', 'web'].map(id => edge.addClient('shop', 'prod', id))
  const about = { gatewayId: 'shop', environment: 'prod', functionName: 'hello', path: '/users/:id', moreClients: false }
  await edge.traffic(host, '/users/1', { key: mobile! })
  edge.clock.set(edge.clock.now() + 5)
  for (const [path, init] of [
    ['/users/2', { key: web! }], ['/users/2?fail', { key: web! }], ['/users/3', { key: mobile!, method: 'HEAD' }], ['/users/3', { key: web!, method: 'POST' }],
    ['/files/a/b', { key: web!, method: 'HEAD' }]
  ] as const) await edge.traffic(host, path, init)
  for (let n = 0; n < 6; n++) await edge.entry()
  const lastAt = edge.clock.now()
  t.strictSame(edge.counts.take(), [
    { ...about, method: 'GET', requests: 4, lastAt, clients: ['mobile', 'web'] },
    { ...about, method: 'POST', requests: 1, lastAt, clients: ['web'] },
    { ...about, functionName: 'files', path: '/files/*', method: 'HEAD', requests: 1, lastAt, clients: ['web'] }
  ], 'HEAD is one of GET where it is not named')
  t.strictSame(edge.counts.take(), [])
  await edge.traffic(host, '/users/1', { key: web! })
  await edge.entry()
  t.match(edge.counts.take(), [{ method: 'GET', requests: 1, clients: ['web'] }], 'and then from the beginning')
})

t.test('what is refused before it comes to a route is no use of it', async t => {
  const edge = await start(t)
  edge.addGateway('shop', { environmentPlugins: { 'limit-count': { count: 2, windowSeconds: 60, by: 'route' } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const dev = edge.addClient('shop', 'dev', 'mobile')
  const statuses: number[] = []
  for (const [path, init] of [
    ['/hello', {}], ['/hello', { key: dev }], ['/nothing', { key }], ['/hello', { key, method: 'POST' }], ['/hello', { key }], ['/hello', { key }], ['/hello', { key }], ['//hello', { key }]
  ] as const) statuses.push((await edge.traffic(host, path, init)).status)
  for (const _ of statuses) await edge.entry()
  t.strictSame(statuses, [401, 401, 404, 405, 200, 200, 429, 400])
  t.match(edge.counts.take(), [{ path: '/hello', method: 'GET', requests: 2 }])
})

t.test('a route that goes to an upstream is in use like any other', async t => {
  const edge = await start(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ functionName: 'proxied', path: '/a/*', upstream: { name: 'nowhere' } }] })
  t.ok((await edge.traffic(host, '/a/b')).status >= 500)
  await edge.entry()
  t.match(edge.counts.take(), [{ functionName: 'proxied', method: 'GET', path: '/a/*', requests: 1 }])
})

t.test('without authentication nobody is named, and one who leaves has come', async t => {
  const called = Promise.withResolvers<void>()
  const edge = await start(t, { functions: { hello: async () => { called.resolve(); return await new Promise(() => {}) } } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  socket.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await called.promise
  socket.destroy()
  await once(socket, 'close')
  await edge.entry()
  t.match(edge.counts.take(), [{ path: '/hello', requests: 1, clients: [] }])
})

t.test('a preview is no use of what its environment serves', async t => {
  const edge = await start(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const routes = [{ functionName: 'hello', methods: ['GET' as const], timeoutMs: 1000, versionId: 'v1', path: '/hello' }]
  edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'prod', value: {
    plugins: {}, variables: {}, secrets: {}, release: { number: 1, routes }, canary: { weight: 100, header: null, release: { number: 3, routes } },
    previews: [{ expiresAt: '2031-01-01T00:00:00.000Z', release: { number: 2, routes } }]
  } })
  t.equal((await edge.traffic('shop-prod--2.api.localhost', '/hello')).status, 401)
  const key = edge.addClient('shop', 'prod', 'mobile')
  t.equal((await edge.traffic('shop-prod--2.api.localhost', '/hello', { key })).status, 200)
  await edge.entry()
  await edge.entry()
  t.strictSame(edge.counts.take(), [])
  await edge.traffic(host, '/hello')
  await edge.entry()
  t.match(edge.counts.take(), [{ path: '/hello', requests: 1 }], 'a canary is')
})

t.test('of one route so many clients are named, and so many routes are counted at a time', async t => {
  let uses = 0
  const counts = new RouteCounts(() => { uses++ })
  const edge = await start(t, { functions: {} })
  edge.addGateway('shop', { plugins: { none: {} } })
  const { hot } = edge
  const environment = hot.findEnvironment('shop', 'prod')!
  const route = environment.release.router.match('GET', '/hello')!.target
  for (let n = 0; n < 25; n++) counts.count(environment, route, 'GET', `c${n % 20}`, n)
  t.match(counts.take(), [{ requests: 25, clients: { length: 20 }, moreClients: false }])
  for (let n = 0; n < 25; n++) counts.count(environment, route, 'GET', `c${n}`, n)
  t.match(counts.take(), [{ requests: 25, clients: { length: 20 }, moreClients: true }])
  t.equal(uses, 2)
  const many = Array.from({ length: 5_001 }, () => ({ ...route }))
  for (const one of [...many, many[0]!]) counts.count(environment, one, 'GET', null, 0)
  t.equal(counts.take().length, 5_000)
  t.equal(counts.takeLost(), 1)
  t.equal(counts.takeLost(), 0)
})
