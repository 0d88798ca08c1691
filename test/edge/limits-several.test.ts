import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('several limits are named in the answer, and a request refused by one spends none of the others', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { none: {}, 'limit-count': { count: 9, windowSeconds: 3600, limits: [{ name: 'minute', count: 2, windowSeconds: 60, by: 'route' }, { name: 'day', count: 5, windowSeconds: 86400, by: 'environment' }] } },
    routes: [{ path: '/a', functionName: 'a' }, { path: '/b', functionName: 'b' }]
  })
  const send = async (path: string) => await edge.traffic(host, path)
  t.match(await send('/a'), { status: 200, headers: {
    'ratelimit-policy': '"limit-count";q=9;w=3600, "minute";q=2;w=60, "day";q=5;w=86400',
    ratelimit: '"limit-count";r=8;t=3600, "minute";r=1;t=60, "day";r=4;t=86400'
  } })
  t.match(await send('/a'), { status: 200 })
  const refused = await send('/a')
  t.match(refused, { status: 429, json: { code: 'rate_limit_exceeded' }, headers: { 'retry-after': '60', ratelimit: '"limit-count";r=7;t=3600, "minute";r=0;t=60, "day";r=3;t=86400' } })
  t.match(await send('/b'), { status: 200, headers: { ratelimit: '"limit-count";r=6;t=3600, "minute";r=1;t=60, "day";r=2;t=86400' } })
})

t.test('of those that refuse, the one that takes longest says when to come back', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { limits: [{ name: 'minute', count: 1, windowSeconds: 60 }, { name: 'hour', count: 1, windowSeconds: 3600 }, { name: 'day', count: 9, windowSeconds: 86400 }] } } })
  await edge.traffic(host, '/hello')
  t.match(await edge.traffic(host, '/hello'), { status: 429, headers: { 'retry-after': '3600' } })
})

t.test('a sliding window never holds more than it may, wherever it begins', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 10, windowSeconds: 60, window: 'sliding' } } })
  const begin = edge.clock.now()
  const passed: number[] = []
  for (let second = 0; second < 300; second += 4) {
    edge.clock.set(begin + second * 1000)
    // A burst now and then, so that windows of the clock would let two of them through side by side.
    for (let i = 0; i < (second % 56 === 0 ? 12 : 1); i++) if ((await edge.traffic(host, '/hello')).status === 200) passed.push(second)
  }
  const most = Math.max(...passed.map(from => passed.filter(at => at >= from && at < from + 60).length))
  t.equal(most, 10)
})

t.test('where a sliding window refuses, there is room when it says so and not before', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 2, windowSeconds: 60, window: 'sliding' } } })
  const begin = edge.clock.now()
  const send = async (second: number) => {
    edge.clock.set(begin + second * 1000)
    return await edge.traffic(host, '/hello')
  }
  t.match(await send(0), { status: 200, headers: { 'ratelimit-policy': '"limit-count";q=2;w=60', ratelimit: '"limit-count";r=1;t=63' } })
  t.match(await send(30), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=33' } })
  t.match(await send(40), { status: 429, headers: { 'retry-after': '23', ratelimit: '"limit-count";r=0;t=23' } })
  t.match(await send(62.9), { status: 429, headers: { 'retry-after': '1' } })
  t.match(await send(63), { status: 200, headers: { ratelimit: '"limit-count";r=0;t=30' } })
})

t.test('by header and by claim: each value apart, and nobody escapes by leaving it out', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 2, windowSeconds: 60, by: { header: 'X-Tenant' } } }, environmentPlugins: {} })
  const left = async (headers: Record<string, string>): Promise<unknown> => (await edge.traffic(host, '/hello', { headers })).headers.ratelimit
  t.equal(await left({ 'x-tenant': 'a' }), '"limit-count";r=1;t=60')
  t.equal(await left({ 'x-tenant': 'b' }), '"limit-count";r=1;t=60')
  t.equal(await left({ 'x-tenant': 'a'.repeat(8000) }), '"limit-count";r=1;t=60')
  t.equal(await left({ 'x-tenant': 'a' }), '"limit-count";r=0;t=60')
  t.equal(await left({}), '"limit-count";r=1;t=60')
  t.equal(await left({}), '"limit-count";r=0;t=60', 'by address')
  edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 2, windowSeconds: 60, by: { claim: 'sub' } } } })
  t.equal(await left({ sub: 'a' }), '"limit-count";r=1;t=60', 'without a token: by address')
})
