import t from 'tap'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { compilePolicies } from '#shared/policies/modules.ts'
import type { PolicyRequest } from '#shared/policies/policy.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('who is denied, or not allowed, is turned away before a key is looked at', async t => {
  const edge = await startEdge(t)
  const ask = async (settings: object) => {
    edge.addGateway('shop', { plugins: { 'ip-restriction': settings } })
    return await edge.traffic(host, '/hello')
  }
  t.match(await ask({ deny: ['127.0.0.1'] }), { status: 403, json: { code: 'address_denied' } })
  t.match(await ask({ deny: ['127.0.0.0/8', '2001:db8::/32'] }), { status: 403 })
  t.match(await ask({ allow: ['192.0.2.0/24', '::1'] }), { status: 403 })
  t.match(await ask({ allow: ['127.0.0.0/30'], deny: ['127.0.0.2'] }), { status: 401, json: { code: 'api_key_missing' } })
  t.match(await ask({ allow: ['127.0.0.0/30'], deny: ['127.0.0.1'] }), { status: 403 }, 'deny goes before allow')
})

t.test('behind a trusted proxy it is the client that counts, and nobody\'s word before that', async t => {
  const edge = await startEdge(t, { settings: { trustedProxies: ['127.0.0.1/32', '10.0.0.0/8'] } })
  edge.addGateway('shop', { plugins: { none: {}, 'ip-restriction': { deny: ['198.51.100.7', '2001:db8::/32'] } } })
  const statusOf = async (forwarded: string): Promise<number> => (await edge.traffic(host, '/hello', { headers: { 'x-forwarded-for': forwarded } })).status
  t.equal(await statusOf('198.51.100.7'), 403)
  t.equal(await statusOf('198.51.100.7, 10.1.1.1'), 403, 'through two of them')
  t.equal(await statusOf('198.51.100.7, 203.0.113.9'), 200, 'what an untrusted one says is not believed')
  t.equal(await statusOf('2001:db8::5'), 403)
  t.equal(await statusOf('::ffff:198.51.100.7'), 403)
  t.equal(await statusOf('nonsense'), 200)
})

t.test('without trusted proxies nobody is believed', async t => {
  const edge = await startEdge(t, { settings: { trustedProxies: [] } })
  edge.addGateway('shop', { plugins: { none: {}, 'ip-restriction': { deny: ['198.51.100.7'] } } })
  t.equal((await edge.traffic(host, '/hello', { headers: { 'x-forwarded-for': '198.51.100.7' } })).status, 200)
})

t.test('what is no range is named', async t => {
  const errors = checkPlugins({ 'ip-restriction': { allow: ['192.0.2.0/24', '192.0.2.0/33', 'fe80::1%eth0'], deny: ['1.2.3', '::/129', '::/0'] } }, '/config/plugins')
  t.strictSame(errors.map(({ pointer }) => pointer), ['allow/1', 'allow/2', 'deny/0', 'deny/1'].map(place => `/config/plugins/ip-restriction/${place}`))
})

t.test('a connection that has ended has no address, and is in no range', async t => {
  const decide = (settings: object) => compilePolicies({ 'ip-restriction': settings })[0]!.does.admit!({ address: '' } as PolicyRequest)
  t.equal(decide({ deny: ['0.0.0.0/0', '::/0'] }), null)
  t.match(decide({ allow: ['0.0.0.0/0'] }), { code: 'address_denied' })
})
