import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('a client needs the scopes that are asked for', async t => {
  const edge = await startEdge(t)
  const ask = (settings: { required: string[], match?: 'any' }): void => edge.addGateway('shop', { plugins: { scopes: settings } })
  ask({ required: ['orders:read', 'orders:write'] })
  const reader = edge.addClient('shop', 'prod', 'reader', { scopes: ['orders:read'] })
  const writer = edge.addClient('shop', 'prod', 'writer', { scopes: ['orders:write', 'orders:read', 'x'] })
  const none = edge.addClient('shop', 'prod', 'none')
  const statusOf = async (key: string): Promise<number> => (await edge.traffic(host, '/hello', { key })).status
  t.strictSame(await Promise.all([reader, writer, none].map(statusOf)), [403, 200, 403])
  t.match(await edge.traffic(host, '/hello', { key: reader }), {
    json: { code: 'scope_missing', detail: 'This needs the scope "orders:read", "orders:write".' },
    headers: { 'www-authenticate': 'Bearer realm="imprun", error="insufficient_scope", scope="orders:read orders:write"' }
  })
  ask({ required: ['orders:read', 'orders:write'], match: 'any' })
  t.strictSame(await Promise.all([reader, writer, none].map(statusOf)), [200, 200, 403])
  t.equal((await edge.traffic(host, '/hello')).status, 401, 'who has not said who it is does not learn what it lacks')
  edge.addClient('shop', 'prod', 'reader', { key: reader, scopes: [] })
  t.equal(await statusOf(reader), 403, 'a scope that is taken away is gone with the next request')
})
