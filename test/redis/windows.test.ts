import t from 'tap'
import type { Spend } from '../../data-plane/limits/counter.ts'
import { openRedisCounters, startRelay } from '../support/redis-counters.ts'
import { redisMissing, startRedis } from '../support/redis-server/start.ts'
import { until } from '../support/until.ts'

const skip = await redisMissing(t)
const spend = (key: string, max: number, more: Partial<Spend> = {}): Spend => ({ key, windowMs: 3_600_000, isSliding: false, max, cost: 1, ...more })

t.test('several machines take all or nothing of several counters, in one round trip', { skip }, async t => {
  const redis = await startRedis(t)
  const relay = await startRelay(t, redis.port)
  const one = await openRedisCounters(t, `redis://127.0.0.1:${relay.port}`)
  await until('it has been tried out', relay.counts, count => count === 2)
  const other = await openRedisCounters(t, redis.url)
  const wanted = [spend('a', 30), spend('b', 20, { isSliding: true }), spend('c', 100, { cost: 3 })]
  const taken = (await Promise.all(Array.from({ length: 40 }, async (_, i) => await (i % 2 ? one : other).take(wanted)))).filter(({ isTaken }) => isTaken)
  t.equal(taken.length, 20)
  t.strictSame(taken.map(({ counts }) => counts[1]!.count).sort((x, y) => x - y), Array.from({ length: 20 }, (_, i) => i + 1))
  t.equal(relay.counts(), 3)
  t.match(await one.take([spend('a', 30), spend('c', 100, { cost: 40 })]), { isTaken: true, counts: [{ count: 21 }, { count: 100 }] }, 'who was refused has spent nothing')
})

t.test('a sliding window forgets what is too old, and says when', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { take } = await openRedisCounters(t, url)
  const windowMs = 20_000
  const sliding = spend('s', 3, { isSliding: true, windowMs })
  await take([sliding])
  const [seconds] = await run('TIME') as string[]
  const slot = Number(seconds)
  await run('SET', `imprun:limit:s~${windowMs}`, `${slot - 30}:5 ${slot - 15}:1 ${slot - 1}:1 ${slot + 900}:7`, 'PX', '60000')
  const first = await take([sliding])
  t.match(first, { isTaken: true, counts: [{ count: 3 }] }, 'what is too old, and what a clock has set into the future, does not count')
  const refused = await take([sliding])
  t.match(refused, { isTaken: false, counts: [{ count: 3 }] })
  t.ok(refused.counts[0]!.resetsInMs <= 6_000 && refused.counts[0]!.resetsInMs > 0)
  const more = await take([{ ...sliding, cost: 2 }])
  t.ok(more.counts[0]!.resetsInMs > 10_000, 'more room takes longer')
})

t.test('what was taken can be corrected, never below nothing', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const { take, correct } = await openRedisCounters(t, url)
  for (const isSliding of [false, true]) {
    const counter = { key: `k${isSliding}`, windowMs: 3_600_000, isSliding }
    await take([{ ...counter, max: 10, cost: 4 }])
    correct([{ ...counter, delta: 3 }])
    t.match(await take([{ ...counter, max: 10, cost: 0 }]), { counts: [{ count: 7 }] })
    correct([{ ...counter, delta: -100 }])
    t.match(await take([{ ...counter, max: 10, cost: 1 }]), { counts: [{ count: 1 }] })
  }
  correct([{ key: 'never', windowMs: 1_000, isSliding: false, delta: 5 }])
  await take([spend('never', 9)])
  t.equal(await run('GET', 'imprun:limit:never'), '1', 'a window that is over has been paid for')
})

t.test('what is there once is so for all machines, until it has been kept long enough', { skip }, async t => {
  const { url, run } = await startRedis(t)
  const [one, other] = await Promise.all([openRedisCounters(t, url), openRedisCounters(t, url)])
  const firsts = await Promise.all(Array.from({ length: 40 }, async (_, i) => await (i % 2 ? one : other).once('nonce/a', 3_600_000)))
  t.equal(firsts.filter(first => first).length, 1)
  t.strictSame(await Promise.all([one.once('nonce/b', 60_000), other.take([spend('a', 1)]), other.once('nonce/a', 60_000)]), [true, { isTaken: true, counts: [{ count: 1, resetsInMs: 3_600_000 }] }, false])
  t.ok(Number(await run('PTTL', 'imprun:limit:nonce/a')) > 3_000_000, 'a shorter time does not end it')
  await run('PEXPIRE', 'imprun:limit:nonce/a', '1')
  await until('it has expired', async () => await run('EXISTS', 'imprun:limit:nonce/a'), found => found === 0)
  t.equal(await other.once('nonce/a', 60_000), true)
})
