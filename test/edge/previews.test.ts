import t, { type Test } from 'tap'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

const stable = 'shop-dev.api.localhost'
const preview = 'shop-dev--7.api.localhost'
const expiresAt = '2030-01-01T01:00:00.000Z'
const previews = [{ release: releaseOf(7), expiresAt }]

async function start (t: Test): Promise<{ edge: TestEdge, key: string }> {
  const edge = await startEdge(t, { functions: { hello: (_call, fn) => ({ status: 200, headers: [], body: fn.versionId }) } })
  serve(edge, { environment: 'dev', previews })
  return { edge, key: edge.addClient('shop', 'dev', 'mobile') }
}

t.test('a preview has a host of its own, and changes nothing at the environment\'s', async t => {
  const { edge, key } = await start(t)
  serve(edge, { environment: 'dev', plugins: { 'served-by': {} }, previews })
  t.match(await edge.traffic(preview, '/hello', { key }), { status: 200, text: 'v7', headers: { 'x-imprun-release': '7' } })
  t.match(await edge.entry(), { route: 'shop-dev', release: 7, versionId: 'v7' })
  t.match(await edge.traffic(stable, '/hello', { key }), { status: 200, text: 'v1', headers: { 'x-imprun-release': '1' } })
  t.match(await edge.traffic(preview.toUpperCase(), '/hello', { key }), { text: 'v7' })
})

t.test('hosts of other numbers are unknown, the environment\'s own release and its canary\'s too', async t => {
  const { edge, key } = await start(t)
  serve(edge, { environment: 'dev', canary: canaryOf(6, 50), previews })
  for (const host of ['shop-dev--1', 'shop-dev--6', 'shop-dev--8', 'shop-prod--7', 'shop--7', 'shop-dev--07', 'shop-dev--77']) {
    t.match(await edge.traffic(`${host}.api.localhost`, '/hello', { key }), { status: 404, json: { code: 'host_unknown' } }, host)
  }
})

t.test('it needs a key of its environment, even where the environment does not', async t => {
  const { edge, key } = await start(t)
  serve(edge, { environment: 'dev', plugins: { none: {} }, previews })
  serve(edge, { environment: 'prod' })
  t.match(await edge.traffic(stable, '/hello'), { status: 200, text: 'v1' })
  t.match(await edge.traffic(preview, '/hello'), { status: 401, json: { code: 'api_key_missing' } })
  t.match(await edge.traffic(preview, '/hello', { key: edge.addClient('shop', 'prod', 'mobile') }), { status: 401, json: { code: 'api_key_other_environment' } })
  t.match(await edge.traffic(preview, '/hello', { key: edge.addClient('shop', 'dev', 'off', { enabled: false }) }), { status: 401, json: { code: 'api_key_disabled' } })
  t.match(await edge.traffic(preview, '/hello', { key }), { status: 200, text: 'v7' })
})

t.test('from its end on there is nothing, by the clock and without a change', async t => {
  const { edge, key } = await start(t)
  edge.clock.set(Date.parse(expiresAt) - 1)
  t.equal((await edge.traffic(preview, '/hello', { key })).status, 200)
  edge.clock.set(Date.parse(expiresAt))
  t.match(await edge.traffic(preview, '/hello', { key }), { status: 410, json: { code: 'preview_expired' } })
  t.equal((await edge.traffic(stable, '/hello', { key })).status, 200)
})

t.test('no canary takes part', async t => {
  const { edge, key } = await start(t)
  serve(edge, { environment: 'dev', canary: canaryOf(6, 100, 'x-try'), previews })
  t.match(await edge.traffic(preview, '/hello', { key, headers: { 'x-try': 'always' } }), { text: 'v7' })
  t.match(await edge.traffic(stable, '/hello', { key }), { text: 'v6' })
})

t.test('its requests spend the environment\'s limits', async t => {
  const { edge, key } = await start(t)
  serve(edge, { environment: 'dev', plugins: { 'limit-count': { count: 10, windowSeconds: 60 } }, previews })
  t.match((await edge.traffic(stable, '/hello', { key })).headers.ratelimit, /r=9/)
  t.match((await edge.traffic(preview, '/hello', { key })).headers.ratelimit, /r=8/)
})

t.test('previews come and go with the environment\'s changes', async t => {
  const { edge, key } = await start(t)
  const later = 'shop-dev--8.api.localhost'
  t.equal((await edge.traffic(later, '/hello', { key })).status, 404)
  serve(edge, { environment: 'dev', previews: [...previews, { release: releaseOf(8), expiresAt }] })
  t.match(await edge.traffic(later, '/hello', { key }), { status: 200, text: 'v8' })
  t.match(await edge.traffic(preview, '/hello', { key }), { status: 200, text: 'v7' })
  serve(edge, { environment: 'dev', previews: [{ release: releaseOf(8), expiresAt }] })
  t.equal((await edge.traffic(preview, '/hello', { key })).status, 404)
  t.equal((await edge.traffic(later, '/hello', { key })).status, 200)
  edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null })
  t.equal((await edge.traffic(later, '/hello', { key })).status, 404)
})

t.test('one that contradicts itself fails alone', async t => {
  const { edge, key } = await start(t)
  const broken = { release: releaseOf(9, [{ path: '/users/:id' }, { path: '/users/:name' }]), expiresAt }
  serve(edge, { environment: 'dev', previews: [...previews, broken] })
  t.match(await edge.traffic('shop-dev--9.api.localhost', '/users/1', { key }), { status: 503, json: { code: 'environment_unusable' } })
  t.equal((await edge.traffic(preview, '/hello', { key })).status, 200)
  t.equal((await edge.traffic(stable, '/hello', { key })).status, 200)
})
