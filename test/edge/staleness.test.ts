import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('keys are refused once the configuration is older than the gateway allows, and let in again afterwards', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'key-auth': { maxStalenessSeconds: 10 } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  edge.freshness.ageMs = 10_000
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
  edge.freshness.ageMs = 10_001
  const refused = await edge.traffic(host, '/hello', { key })
  t.match(refused, { status: 503, json: { code: 'configuration_stale' }, headers: { 'retry-after': '5' } })
  t.notHas(refused.headers, { 'www-authenticate': String })
  t.match(await edge.traffic(host, '/hello'), { status: 401, json: { code: 'api_key_missing' } })
  edge.freshness.ageMs = 0
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
})

t.test('who allows any age, or asks for no keys, is served however old the configuration is', async t => {
  const edge = await startEdge(t)
  edge.freshness.ageMs = Infinity
  edge.addGateway('shop')
  t.equal((await edge.traffic(host, '/hello', { key: edge.addClient('shop', 'prod', 'mobile') })).status, 200)
  edge.addGateway('open', { plugins: { 'key-auth': { maxStalenessSeconds: 1 } }, environmentPlugins: { none: {} } })
  t.equal((await edge.traffic('open.api.localhost', '/hello')).status, 200)
})
