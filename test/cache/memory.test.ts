import t from 'tap'
import { entryBytes, type Entry } from '../../data-plane/cache/entry.ts'
import { CacheMemory, type EnvironmentCache } from '../../data-plane/cache/memory.ts'
import { numbered, startCached } from '../support/cached.ts'

const freshness = { initialAge: 0, receivedAt: 0, lifetime: 60, alwaysValidates: false, staleIfError: 0, staleWhileRevalidate: 0 }
const entry = (key: string, bytes: number): Entry => ({ key, uri: key, path: key, vary: [], varied: '', status: 200, headers: [], body: Buffer.alloc(bytes), freshness, tags: null, number: 0, changes: 0 })
const fill = (memory: CacheMemory, cache: EnvironmentCache, count: number, bytes = 10_000): void => {
  for (let i = 0; i < count; i++) memory.put(cache, entry(`/${i}`, bytes), Infinity)
}

t.test('an environment takes no more than it may, and what was used longest ago goes', async t => {
  const memory = new CacheMemory(1e9)
  const cache = memory.of('shop', 'prod')
  const each = entryBytes(entry('/0', 10_000))
  for (let i = 0; i < 10; i++) {
    memory.put(cache, entry(`/${i}`, 10_000), 5 * each)
    const [first] = cache.find('/0')
    if (first !== undefined) cache.used(first)
  }
  t.equal(cache.size, 5)
  t.equal(cache.bytes, memory.bytes)
  t.ok(cache.bytes <= 5 * each)
  t.equal(cache.find('/0').length, 1, 'what is used stays')
  t.equal(cache.find('/5').length, 0)
  memory.put(cache, entry('/large', 6 * each), 5 * each)
  t.equal(cache.find('/large').length, 0)
})

t.test('all of them take no more than there is, and who takes most makes room', async t => {
  const maxBytes = 1_000_000
  const memory = new CacheMemory(maxBytes)
  const small = memory.of('small', 'prod')
  fill(memory, small, 20)
  const greedy = ['dev', 'prod', 'staging'].map(name => memory.of('greedy', name))
  for (const cache of greedy) fill(memory, cache, 1_000)
  t.ok(memory.bytes <= maxBytes, `${memory.bytes} bytes`)
  t.equal(small.size, 20, 'whoever holds less than an equal part loses nothing')
  t.ok(greedy.every(({ size }) => size > 0))
  const third = memory.of('third', 'prod')
  fill(memory, third, 1_000)
  t.equal(small.size, 20)
  const held = greedy.reduce((sum, { bytes }) => sum + bytes, 0)
  t.ok(Math.abs(held - third.bytes) < 100_000, `${held} and ${third.bytes} bytes`)
})

t.test('what has ended takes nothing, and is given nothing', async t => {
  const memory = new CacheMemory(1e6)
  const cache = memory.of('shop', 'prod')
  fill(memory, cache, 10)
  memory.drop('shop', 'prod')
  t.equal(memory.bytes, 0)
  fill(memory, cache, 10)
  t.equal(memory.bytes, 0)
  t.not(memory.of('shop', 'prod'), cache)
})

t.test('of one thing only so many variants are kept', async t => {
  const { ask, calls } = await startCached(t, numbered({ 'cache-control': 'max-age=60', vary: 'x-a' }))
  for (let i = 0; i < 40; i++) await ask('/a', { headers: { 'x-a': String(i) } })
  await ask('/a', { headers: { 'x-a': '39' } })
  t.equal(calls.length, 40)
  await ask('/a', { headers: { 'x-a': '0' } })
  t.equal(calls.length, 41)
})

t.test('headers that are as large as can be change nothing', async t => {
  const { ask, calls } = await startCached(t, numbered({ 'cache-control': 'max-age=60', vary: 'x-0, cookie, accept' }))
  const headers = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${index}`, 'x'.repeat(200)]))
  for (let i = 0; i < 2; i++) t.match(await ask('/a', { headers }), { text: '1' })
  t.match(await ask('/a', { headers: { ...headers, 'x-0': 'y' } }), { text: '2' })
  t.equal(calls.length, 2)
})
