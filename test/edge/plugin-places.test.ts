import t from 'tap'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const two = [{ path: '/hello' }, { path: '/other', functionName: 'other' }]

t.test('what an endpoint has replaces what its environment has, and other endpoints keep theirs', async t => {
  const edge = await startEdge(t)
  const answer = (value: string) => ({ response: { set: { 'x-place': value } } })
  edge.addGateway('shop', {
    plugins: { none: {}, headers: answer('gateway') },
    environmentPlugins: { headers: answer('environment') },
    routes: [{ path: '/hello', plugins: { headers: answer('endpoint') } }, two[1]!]
  })
  t.equal((await edge.traffic(host, '/hello')).headers['x-place'], 'endpoint')
  t.equal((await edge.traffic(host, '/other')).headers['x-place'], 'environment')
  t.equal((await edge.traffic(host, '/nowhere')).headers['x-place'], 'environment')
})

t.test('what acts before authentication is the endpoint\'s', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { 'ip-restriction': { deny: ['127.0.0.1'] } },
    routes: [{ path: '/hello', plugins: { 'ip-restriction': { deny: ['192.0.2.1'] } } }, two[1]!]
  })
  t.match(await edge.traffic(host, '/hello'), { status: 401 })
  t.match(await edge.traffic(host, '/other'), { status: 403, json: { code: 'address_denied' } })
  t.match(await edge.traffic(host, '/%zz'), { status: 400, json: { code: 'malformed_request' } })
})

t.test('a client has the last word, from when it is known', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { headers: { response: { set: { 'x-place': 'gateway' } } } }, routes: [{ path: '/hello', plugins: { headers: { response: { set: { 'x-place': 'endpoint' } } } } }, two[1]!] })
  const plain = edge.addClient('shop', 'prod', 'plain')
  const special = edge.addClient('shop', 'prod', 'special', { plugins: { headers: { response: { set: { 'x-place': 'client' } } } } })
  const denied = edge.addClient('shop', 'prod', 'denied', { plugins: { 'ip-restriction': { deny: ['127.0.0.1'] } } })
  const places = async (key: string) => await Promise.all(['/hello', '/other', '/nowhere'].map(async path => (await edge.traffic(host, path, { key })).headers['x-place']))
  t.strictSame(await places(plain), ['endpoint', 'gateway', 'gateway'])
  t.strictSame(await places(special), ['client', 'client', 'client'])
  t.match(await edge.traffic(host, '/hello', { key: denied }), { status: 403, json: { code: 'address_denied' }, headers: { 'x-place': 'endpoint' } })
  edge.addClient('shop', 'prod', 'special', { key: special, plugins: { headers: { response: { set: { 'x-place': 'changed' } } } } })
  t.strictSame(await places(special), ['changed', 'changed', 'changed'])
})

t.test('each place counts for itself', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'limit-count': { count: 3, windowSeconds: 60 } }, routes: [{ path: '/hello', plugins: { 'limit-count': { count: 1, windowSeconds: 60 } } }, two[1]!] })
  const statuses = async (key: string, path: string, times: number) => {
    const met: number[] = []
    for (let n = 0; n < times; n++) met.push((await edge.traffic(host, path, { key })).status)
    return met
  }
  const [plain, special] = [edge.addClient('shop', 'prod', 'plain'), edge.addClient('shop', 'prod', 'special', { plugins: { 'limit-count': { count: 2, windowSeconds: 60 } } })]
  t.strictSame(await statuses(plain, '/hello', 2), [200, 429])
  t.strictSame(await statuses(plain, '/other', 4), [200, 200, 200, 429])
  t.strictSame([...await statuses(special, '/hello', 1), ...await statuses(special, '/other', 2)], [200, 200, 429])
})

t.test('who meets a canary meets what its endpoints have, also what acts first', async t => {
  const edge = await startEdge(t)
  const deny = { 'ip-restriction': { deny: ['127.0.0.1'] } }
  const key = edge.addClient.bind(null, 'shop', 'prod', 'someone')
  serve(edge, { release: releaseOf(1), canary: { ...canaryOf(2, 100), release: releaseOf(2, [{ plugins: deny }]) } })
  t.match(await edge.traffic(host, '/hello', { key: key() }), { status: 403 })
  serve(edge, { release: releaseOf(1, [{ plugins: { headers: { response: { set: { 'x-place': 'first' } } } } }]), canary: canaryOf(2, 100) })
  const { status, headers } = await edge.traffic(host, '/hello', { key: key() })
  t.strictSame([status, headers['x-place']], [200, undefined])
})
