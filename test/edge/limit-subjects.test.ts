import t, { type Test } from 'tap'
import type { LimitCountConfig } from '#shared/policies/limit-count/schema.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

async function withLimit (t: Test, by: LimitCountConfig['by'], authentication: 'key-auth' | 'none' = 'key-auth'): Promise<TestEdge> {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { [authentication]: {}, 'limit-count': { count: 10, windowSeconds: 60, ...(by && { by }) } },
    routes: [{ path: '/a/:id', functionName: 'a' }, { path: '/b', functionName: 'b' }]
  })
  return edge
}

/** What is left after this request. */
async function left (edge: TestEdge, host: string, path: string, key?: string): Promise<number> {
  const { headers } = await edge.traffic(host, path, key === undefined ? {} : { key })
  return Number(/r=(\d+)/.exec(String(headers.ratelimit))![1])
}

t.test('by client, which is the default', async t => {
  for (const by of [undefined, 'client'] as const) {
    const edge = await withLimit(t, by)
    const mobile = edge.addClient('shop', 'prod', 'mobile')
    const web = edge.addClient('shop', 'prod', 'web')
    const devMobile = edge.addClient('shop', 'dev', 'mobile')
    t.equal(await left(edge, 'shop.api.localhost', '/a/1', mobile), 9)
    t.equal(await left(edge, 'shop.api.localhost', '/b', mobile), 8)
    t.equal(await left(edge, 'shop.api.localhost', '/b', web), 9, 'another client')
    t.equal(await left(edge, 'shop-dev.api.localhost', '/b', devMobile), 9, 'the client of that name in another environment')
  }
})

t.test('by client without a client: by address', async t => {
  const edge = await withLimit(t, 'client', 'none')
  t.equal(await left(edge, 'shop.api.localhost', '/b'), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/b', 'whatever'), 8)
})

t.test('by environment', async t => {
  const edge = await withLimit(t, 'environment')
  t.equal(await left(edge, 'shop.api.localhost', '/b', edge.addClient('shop', 'prod', 'mobile')), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/b', edge.addClient('shop', 'prod', 'web')), 8)
  t.equal(await left(edge, 'shop-dev.api.localhost', '/b', edge.addClient('shop', 'dev', 'web')), 9)
})

t.test('by route: one counter a function, and one for all paths that nothing answers', async t => {
  const edge = await withLimit(t, 'route', 'none')
  t.equal(await left(edge, 'shop.api.localhost', '/a/1'), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/a/2'), 8)
  t.equal(await left(edge, 'shop.api.localhost', '/b'), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/nothing'), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/nowhere'), 8)
})

t.test('by address', async t => {
  const edge = await withLimit(t, 'address')
  t.equal(await left(edge, 'shop.api.localhost', '/b', edge.addClient('shop', 'prod', 'mobile')), 9)
  t.equal(await left(edge, 'shop.api.localhost', '/b', edge.addClient('shop', 'prod', 'web')), 8)
})

t.test('an IPv6 address counts with its /64, an IPv4 address is the same in either form', async t => {
  const edge = await withLimit(t, 'address', 'none')
  const leftFor = async (remoteAddress: string): Promise<number> => {
    const { headers } = await edge.traffic('shop.api.localhost', '/b', { headers: { 'x-forwarded-for': remoteAddress } })
    return Number(/r=(\d+)/.exec(String(headers.ratelimit))![1])
  }
  t.equal(await leftFor('2001:db8:0:1::1'), 9)
  t.equal(await leftFor('2001:db8:0:1:ffff::2'), 8)
  t.equal(await leftFor('2001:db8:0:2::1'), 9)
  t.equal(await leftFor('192.0.2.1'), 9)
  t.equal(await leftFor('::ffff:192.0.2.1'), 8)
  t.equal(await leftFor('192.0.2.2'), 9)
})
