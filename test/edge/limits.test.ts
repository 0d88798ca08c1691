import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('every counted answer says what is left, and the one too many when to come back', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'limit-count': { count: 2, windowSeconds: 60 } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const send = async (path = '/hello') => await edge.traffic(host, path, { key })
  const start = edge.clock.now()

  t.match(await send(), { status: 200, headers: { 'ratelimit-policy': '"limit-count";q=2;w=60', ratelimit: '"limit-count";r=1;t=60' } })
  edge.clock.set(start + 20_500)
  t.match(await send('/nothing'), { status: 404, headers: { ratelimit: '"limit-count";r=0;t=40' } }, 'whatever the answer is')
  const refused = await send()
  t.match(refused, {
    status: 429,
    json: { code: 'rate_limit_exceeded' },
    headers: { 'ratelimit-policy': '"limit-count";q=2;w=60', ratelimit: '"limit-count";r=0;t=40', 'retry-after': '40' }
  })
  edge.clock.set(start + 59_999)
  t.match(await send(), { status: 429, headers: { 'retry-after': '1' } })
  edge.clock.set(start + 60_000)
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=1;t=60' } }, 'a new window begins when the old one is over')
})

t.test('what is refused for its key spends nothing', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'limit-count': { count: 1, windowSeconds: 60, by: 'environment' } } })
  const key = edge.addClient('shop', 'prod', 'mobile')
  for (let i = 0; i < 3; i++) {
    const answer = await edge.traffic(host, '/hello')
    t.equal(answer.status, 401)
    t.notHas(answer.headers, 'ratelimit')
  }
  t.equal((await edge.traffic(host, '/hello', { key })).status, 200)
})

t.test('a changed limit applies at once', async t => {
  const edge = await startEdge(t)
  const limit = (count: number, windowSeconds: number): void => edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count, windowSeconds } } })
  const send = async () => await edge.traffic(host, '/hello')
  limit(1, 3600)
  t.match(await send(), { status: 200 })
  t.match(await send(), { status: 429, headers: { 'retry-after': '3600' } })
  limit(5, 3600)
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=2;t=3600' } }, 'what was counted stays counted')
  limit(5, 10)
  t.match(await send(), { status: 200, headers: { ratelimit: '"limit-count";r=4;t=10' } }, 'no window lasts longer than it may')
  edge.addGateway('shop', { plugins: { none: {} } })
  t.notHas((await send()).headers, 'ratelimit')
})
