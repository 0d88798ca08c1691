import path from 'node:path'
import t from 'tap'
import { CountersAway } from '../../data-plane/limits/counter.ts'
import { freePorts } from '../support/ports.ts'
import { openRedisCounters, startRelay } from '../support/redis-counters.ts'
import { redisMissing, startRedis } from '../support/redis-server/start.ts'
import { until } from '../support/until.ts'

const skip = await redisMissing(t)

t.test('while Redis hangs one command is waited for, and no hit after it', { skip }, async t => {
  const redis = await startRedis(t)
  const relay = await startRelay(t, redis.port)
  const counters = await openRedisCounters(t, `redis://127.0.0.1:${relay.port}`, { timeoutMs: 500 })
  await until('it can be used', () => counters.isAway, isAway => !isAway)
  const before = { counts: relay.counts(), connections: relay.connections() }
  redis.freeze()
  const waiting = await Promise.allSettled(Array.from({ length: 100 }, async () => await counters.hit('a', 60_000)))
  t.ok(waiting.every(result => result.status === 'rejected' && result.reason instanceof CountersAway))
  t.equal(relay.counts(), before.counts + 1)
  t.equal(counters.isAway, true)
  const later = await Promise.allSettled(Array.from({ length: 1_000 }, async () => await counters.hit('a', 60_000)))
  t.ok(later.every(result => result.status === 'rejected'))
  // Each connection that is tried begins with a count of its own.
  await until('nothing was sent for any of them', () => relay.counts() - before.counts - 1 - (relay.connections() - before.connections), more => more === 0)

  redis.thaw()
  await until('it can be used again', () => counters.isAway, isAway => !isAway, 3_000)
  t.ok((await counters.hit('b', 60_000)).count === 1)
})

t.test('a server that is killed and comes again is used again, and the operator hears of each once', { skip }, async t => {
  const redis = await startRedis(t)
  const counters = await openRedisCounters(t, redis.url)
  t.equal(await counters.states.next(), null)
  await counters.hit('a', 60_000)
  await redis.kill()
  t.match(await counters.states.next(), /^(the connection was closed|no connection: ECONNRESET)$/)
  await t.rejects(counters.hit('a', 60_000), CountersAway)
  t.equal(await counters.states.next(), 'no connection: ECONNREFUSED')
  await redis.start()
  t.equal(await counters.states.next(), null)
  t.equal((await counters.hit('a', 60_000)).count, 1)
})

t.test('a server that is not there at first is no reason to wait', { skip }, async t => {
  const redis = await startRedis(t)
  await redis.kill()
  const counters = await openRedisCounters(t, redis.url)
  t.equal(counters.isAway, true)
  t.equal(await counters.states.next(), 'no connection: ECONNREFUSED')
  await redis.start()
  t.equal(await counters.states.next(), null)
})

t.test('what keeps a server from counting is said plainly, and without what is secret', { skip }, async t => {
  const { port, run } = await startRedis(t, { password: 'correct-horse' })
  await run('ACL', 'SETUSER', 'reader', 'on', '>battery', '~*', '+@read')
  const open = await startRedis(t)
  for (const [url, reason] of [
    [`redis://:wrong-horse@127.0.0.1:${port}`, 'it refuses the user or the password of REDIS_URL'],
    [`redis://127.0.0.1:${port}`, 'it asks for a password, and REDIS_URL has none'],
    [`redis://reader:battery@127.0.0.1:${port}`, 'the user of REDIS_URL lacks a permission that counting needs'],
    [`redis://:staple@127.0.0.1:${open.port}`, 'it has no password, and REDIS_URL has one'],
    [`redis://127.0.0.1:${open.port}/999`, 'it does not have the database of REDIS_URL'],
    [`rediss://127.0.0.1:${open.port}`, /^no connection/]
  ] as const) {
    const { states } = await openRedisCounters(t, url)
    t.match(await states.next(), reason)
  }
})

t.test('with TLS the certificate is checked', { skip }, async t => {
  const [port] = await freePorts(1)
  const file = (name: string): string => path.join(import.meta.dirname, '../support/tls', name)
  await startRedis(t, { settings: ['--tls-port', String(port), '--tls-cert-file', file('certificate.pem'), '--tls-key-file', file('key.pem'), '--tls-auth-clients', 'no', '--tls-ca-cert-file', file('certificate.pem')] })
  const { states } = await openRedisCounters(t, `rediss://127.0.0.1:${port}`)
  t.equal(await states.next(), 'no connection: DEPTH_ZERO_SELF_SIGNED_CERT')
})

t.test('a server that cannot write is found out before a hit relies on it', { skip }, async t => {
  const redis = await startRedis(t)
  await redis.run('REPLICAOF', '127.0.0.1', '1')
  const counters = await openRedisCounters(t, redis.url)
  t.equal(await counters.states.next(), 'it is a replica, which takes no writes')
  await redis.run('REPLICAOF', 'NO', 'ONE')
  t.equal(await counters.states.next(), null)
})

t.test('a user may be given no more than counting needs, and a database of its own', { skip }, async t => {
  const { port, run } = await startRedis(t, { password: 'correct-horse' })
  await run('ACL', 'SETUSER', 'imprun', 'on', '>b%tt:ery/@', '~imprun:limit:*', '+eval', '+evalsha', '+incrby', '+pttl', '+get', '+set', '+time', '+select')
  const counters = await openRedisCounters(t, `redis://imprun:b%25tt%3Aery%2F%40@127.0.0.1:${port}/3`)
  t.equal(await counters.states.next(), null)
  t.equal((await counters.hit('a', 60_000)).count, 1)
  t.match(await run('INFO', 'keyspace'), /db3:keys=/)
})
