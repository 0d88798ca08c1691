import t from 'tap'
import { CountersAway } from '../../data-plane/limits/counter.ts'
import { openRedisCounters, startRelay } from '../support/redis-counters.ts'
import { redisMissing, startRedis } from '../support/redis-server/start.ts'
import { until } from '../support/until.ts'

const skip = await redisMissing(t)

t.test('workers of several machines count together, exactly once each', { skip }, async t => {
  const { url } = await startRedis(t)
  const machines = await Promise.all([1, 2, 3].map(async () => await openRedisCounters(t, url)))
  const rounds = await Promise.all(machines.map(async counters => {
    const counts: number[] = []
    for (let round = 0; round < 20; round++) counts.push(...(await Promise.all(Array.from({ length: 10 }, async () => await counters.hit('shop', 60_000)))).map(({ count }) => count))
    return counts
  }))
  t.strictSame(rounds.flat().sort((a, b) => a - b), Array.from({ length: 600 }, (_, i) => i + 1))
})

t.test('the hits of one turn are one round trip, whatever their keys, and are counted in their order', { skip }, async t => {
  const redis = await startRedis(t)
  const relay = await startRelay(t, redis.port)
  const counters = await openRedisCounters(t, `redis://127.0.0.1:${relay.port}`)
  await until('it has been tried out', relay.counts, count => count === 2)
  const hits = await Promise.all(['a', 'b', 'a', 'c', 'a'].map(async key => await counters.hit(key, 60_000)))
  t.strictSame(hits.map(({ count }) => count), [1, 1, 2, 1, 3])
  t.equal(relay.counts(), 3)
})

t.test('a window begins with its first hit, ends by itself, and lasts no longer than it may', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { hit } = await openRedisCounters(t, url)
  t.strictSame(await hit('a', 60_000), { count: 1, resetsInMs: 60_000 })
  t.match(await hit('a', 3_600_000), { count: 2 }, 'a longer window comes after the one that runs')
  t.ok((await hit('a', 3_600_000)).resetsInMs <= 60_000)
  t.strictSame(await hit('a', 5_000), { count: 1, resetsInMs: 5_000 }, 'a shorter one begins at once')
  await run('PEXPIRE', 'imprun:limit:a', '1')
  await until('the end of the window', async () => await run('EXISTS', 'imprun:limit:a'), found => found === 0)
  t.strictSame(await hit('a', 60_000), { count: 1, resetsInMs: 60_000 })
  await run('SET', 'imprun:limit:b', '7')
  t.strictSame(await hit('b', 60_000), { count: 1, resetsInMs: 60_000 }, 'a counter without an end does not keep anybody out for ever')
})

t.test('a flood of made-up subjects leaves nothing behind: each key has an end, and what would wait for too long is turned away', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { hit } = await openRedisCounters(t, url)
  const flood = await Promise.allSettled(Array.from({ length: 25_000 }, async (_, i) => await hit(`shop-prod/address/${i}`, 3_600_000)))
  const refused = flood.filter(result => result.status === 'rejected')
  t.equal(refused.length, 15_000, 'no more than so many wait at a time')
  t.ok(refused.every(({ reason }) => reason instanceof CountersAway))
  t.equal(await run('EVAL', `
    local endless = 0
    for _, key in ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', key) < 0 then endless = endless + 1 end end
    return endless
  `, '0'), 0)
  t.strictSame(await run('INFO', 'keyspace').then(text => /keys=(\d+),expires=(\d+)/.exec(String(text))!.slice(1).map(Number).map(n => n >= 10_000)), [true, true])
  t.equal((await hit('shop-prod/address/0', 3_600_000)).count, 2, 'and the next one is counted')
})

t.test('a server that is told to forget its scripts is told this one again', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { hit } = await openRedisCounters(t, url)
  await hit('a', 60_000)
  await run('SCRIPT', 'FLUSH')
  t.equal((await hit('a', 60_000)).count, 2)
})

t.test('counters that are flushed begin anew', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { hit } = await openRedisCounters(t, url)
  await hit('a', 60_000)
  await run('FLUSHALL')
  t.strictSame(await hit('a', 60_000), { count: 1, resetsInMs: 60_000 })
})
