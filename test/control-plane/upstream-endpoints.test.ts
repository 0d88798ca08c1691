import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const gateway = '/api-gateways/shop'
const orders = { methods: ['POST', 'GET'], path: '/orders/:id', upstream: { name: 'orders', path: '/v2/:id/whole' } }

t.test('what goes to an upstream is saved, versioned and served like a function', async t => {
  const { admin, store, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const saved = await admin('PUT', `${gateway}/functions/orders`, orders)
  t.match(saved, { status: 201, headers: { etag: /^"2-v[0-9a-f]{24}"$/ } })
  const { version, createdAt: _made, updatedAt: _changed, ...rest } = saved.json as { version: string, createdAt: string, updatedAt: string }
  t.strictSame(rest, { name: 'orders', methods: ['GET', 'POST'], path: '/orders/:id', upstream: orders.upstream, release: 1, preview: null })
  const read = await admin('GET', `${gateway}/functions/orders`)
  t.match(read.json, { version, upstream: orders.upstream })
  for (const member of ['files', 'entrypoint', 'dependencies', 'timeoutMs', 'limits', 'schedules']) t.notOk(member in (read.json as object), member)
  t.match((await admin('PUT', `${gateway}/functions/orders`, { ...orders, methods: ['GET', 'POST'] })).headers, { etag: saved.headers.etag })
  t.match((await admin('GET', `${gateway}/environments/dev/releases/1`)).json, {
    routes: [{ functionName: 'orders', versionId: version, methods: ['GET', 'POST'], path: '/orders/:id', upstream: orders.upstream, timeoutMs: undefined }]
  })
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.strictSame(feed.filter(({ type }) => type === 'function-version'), [])

  const other = await admin('PUT', `${gateway}/functions/orders`, { ...orders, upstream: { name: 'orders' } })
  t.not((other.json as { version: string }).version, version)
  t.match((await admin('GET', `${gateway}/functions/orders/versions`)).json, { items: [{ number: 2, upstream: { name: 'orders' } }, { number: 1, id: version, files: undefined }] })
  t.match(await admin('PUT', `${gateway}/functions/orders`, orders, { 'if-match': saved.headers.etag as string }), { status: 412, json: { current: { number: 2 }, yours: { number: 1 } } })
  t.match((await admin('PUT', `${gateway}/functions/orders`, { ...orders, upstream: undefined, source: 'export default () => 1' })).json, { release: 3, timeoutMs: 10_000, upstream: undefined })
  t.match((await admin('POST', `${gateway}/environments/dev/rollback`, { release: 1, force: true })).json, { number: 4, routes: [{ versionId: version, upstream: orders.upstream }] })
  t.equal((await store.getRelease({ gatewayId: 'shop', environment: 'dev' }, 4))?.routes[0]?.upstream?.path, '/v2/:id/whole')
})

t.test('it is either a function or goes to an upstream', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const refused = async (change: object, ...pointers: string[]): Promise<void> => {
    const answer = await admin('PUT', `${gateway}/functions/orders`, { ...orders, ...change })
    t.match(answer, { status: 400, json: { code: 'validation_failed' } })
    t.strictSame((answer.json as { errors: Array<{ pointer: string }> }).errors.map(({ pointer }) => pointer), pointers, JSON.stringify(change))
  }
  await refused({ upstream: undefined }, '/source')
  await refused({ source: '' }, '/source')
  await refused({ files: { 'a.ts': '' }, entrypoint: 'a.ts' }, '/files', '/entrypoint')
  await refused({ timeoutMs: 5, limits: {}, schedules: [] }, '/timeoutMs', '/limits', '/schedules')
  await refused({ upstream: {} }, '/upstream/name')
  await refused({ upstream: { name: 'Orders' } }, '/upstream/name')
  await refused({ upstream: { name: 'orders', url: 'http://a' } }, '/upstream/url')
  await refused({ upstream: { name: 'orders', path: 'v2' } }, '/upstream/path')
  await refused({ upstream: { name: 'orders', path: '/v2/:other/*' } }, '/upstream/path', '/upstream/path')
  await refused({ upstream: { name: 'orders', path: '/v2/../x' } }, '/upstream/path')
  await refused({ path: '/:a/:a', upstream: { name: 'orders' } }, '/path')
  t.equal(await store.revision(), 1)
})

t.test('a release is refused where the environment lacks an upstream that it goes to', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${gateway}/environments/dev/upstreams/orders`, { url: 'http://dev.example' })
  await admin('PUT', `${gateway}/functions/orders`, orders)
  const promote = async (more = {}) => await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev', ...more })
  t.match(await promote(), {
    status: 409,
    json: {
      code: 'release_refused',
      findings: [{ severity: 'refusal', code: 'upstream_missing', functionName: 'orders', message: '"orders" goes to the upstream orders, which staging does not have.' }]
    }
  })
  t.match((await promote({ dryRun: true })).json, { findings: [{ code: 'upstream_missing' }], changes: [{ after: { upstream: { name: 'orders' } } }] })
  await admin('PUT', `${gateway}/environments/staging/upstreams/orders`, { url: 'http://staging.example' })
  t.match((await promote()).json, { number: 1, forced: false })
  t.match((await admin('GET', `${gateway}/environments/staging/upstreams`)).json, { items: [{ url: 'http://staging.example' }] }, 'its own stays')
  t.match((await admin('GET', `${gateway}/environments/dev/diff/staging`)).json, {
    routes: [], upstreams: [{ name: 'orders', a: { url: 'http://dev.example' }, b: { url: 'http://staging.example', timeouts: { connectMs: 5_000 } } }]
  })
  await admin('POST', `${gateway}/environments/prod/releases`, { from: 'staging', force: true })
  t.match((await admin('GET', `${gateway}/environments/dev/diff/prod`)).json, { upstreams: [{ name: 'orders', a: { url: 'http://dev.example' }, b: null }] })
})

t.test('there is no code to be invoked', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${gateway}/functions/orders`, orders)
  t.match(await admin('POST', `${gateway}/functions/orders/invoke`, { request: { path: '/orders/1' } }), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/source' }] } })
})
