import path from 'node:path'
import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { openTestQuotas } from '../support/quotas.ts'
import { openRedisCounters } from '../support/redis-counters.ts'
import { redisMissing, startRedis } from '../support/redis-server/start.ts'
import { until } from '../support/until.ts'

const skip = await redisMissing(t)
const host = 'shop.api.localhost'
const plugins = { none: {}, quota: { count: 20, period: 'month' as const } }

t.test('machines that have not heard of each other let in together what one would', { skip }, async t => {
  const redis = await startRedis(t)
  const edges = await Promise.all([1, 2, 3].map(async () => {
    const edge = await startEdge(t, { sharedCounters: await openRedisCounters(t, redis.url) })
    edge.addGateway('shop', { plugins })
    return edge
  }))
  const statuses = await Promise.all(Array.from({ length: 45 }, async (_, i) => (await edges[i % 3]!.traffic(host, '/hello')).status))
  t.equal(statuses.filter(status => status === 200).length, 20)
  const { headers } = await edges[0]!.traffic(host, '/hello')
  t.match(headers.ratelimit, '"quota";r=0;')
})

t.test('where Redis is flushed the account holds; where it is away, closed refuses and spends nothing', { skip }, async t => {
  const redis = await startRedis(t)
  const file = path.join(temporaryDirectory(t), 'quotas.sqlite')
  const counters = await openRedisCounters(t, redis.url)
  const { quotas } = openTestQuotas(t, { file })
  const edge = await startEdge(t, { sharedCounters: counters, quotas })
  edge.addGateway('shop', { plugins })
  const left = async (): Promise<number> => Number(/"quota";r=(\d+)/.exec(String((await edge.traffic(host, '/hello')).headers.ratelimit))?.[1])
  for (let i = 0; i < 5; i++) await left()
  await redis.run('FLUSHALL')
  t.equal(await left(), 14)
  await redis.kill()
  await until('it is away', () => counters.isAway, isAway => isAway)
  t.match(await edge.traffic(host, '/hello'), { status: 503, json: { code: 'limit_unavailable' } })
  edge.addGateway('shop', { plugins: { ...plugins, quota: { ...plugins.quota, failureMode: 'open' as const } } })
  t.equal(await left(), 13, 'what was turned away has not been counted')
})

t.test('several quotas are spent by all machines together, or not at all', { skip }, async t => {
  const redis = await startRedis(t)
  const several = (day: number, month: number) => ({ none: {}, quota: { quotas: [{ count: day, period: 'day' as const }, { count: month, period: 'month' as const }] } })
  const edges = await Promise.all([1, 2].map(async () => {
    const edge = await startEdge(t, { sharedCounters: await openRedisCounters(t, redis.url) })
    edge.addGateway('shop', { plugins: several(10, 15) })
    return edge
  }))
  const send = async (times: number): Promise<number> =>
    (await Promise.all(Array.from({ length: times }, async (_, i) => (await edges[i % 2]!.traffic(host, '/hello')).status))).filter(status => status === 200).length
  t.equal(await send(30), 10)
  for (const edge of edges) edge.addGateway('shop', { plugins: several(100, 15) })
  t.equal(await send(30), 5, 'what was refused has been counted by none')
})
