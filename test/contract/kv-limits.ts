import type { Test } from 'tap'
import { createGateway, ref } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { apply, compareAndSet, entry, get, increment, keys, list, remove, set } from './kv-operations.ts'

const dev = ref('shop', 'dev')
const prod = ref('shop', 'prod')

function settableClock (): { now: () => number, advance: (milliseconds: number) => void } {
  let now = Date.parse('2030-01-01T00:00:00.000Z')
  return { now: () => now, advance: milliseconds => { now += milliseconds } }
}

export function kvLimitsContract (t: Test, open: OpenStore): void {
  t.test('an entry is there until the moment at which it expires', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock })
    await createGateway(store, 'shop')
    const at = '2030-01-01T00:00:10.000Z'
    t.strictSame(await apply(store, dev, set('a', '1', 10), get('a'), set('b', '1', 0.5), list()), [
      1, entry('1', 1, at), 2, { keys: [{ key: 'a', expiresAt: at }, { key: 'b', expiresAt: '2030-01-01T00:00:00.500Z' }], next: null }
    ])
    t.match(await store.applyKv([set('c', '1', 10), compareAndSet('d', null, '1', 1)].map(operation => ({ ...dev, operation }))), [
      { result: { version: 3, expiresAt: at } }, { result: { version: 4, expiresAt: '2030-01-01T00:00:01.000Z' } }
    ])
    await apply(store, dev, remove('c'), remove('d'))
    clock.advance(9_999)
    t.strictSame(await apply(store, dev, get('a'), get('b'), list('', 1)), [entry('1', 1, at), null, { keys: [{ key: 'a', expiresAt: at }], next: null }])
    clock.advance(1)
    t.strictSame(await apply(store, dev, get('a'), list(), remove('a'), compareAndSet('a', 1, '2'), compareAndSet('a', null, '3'), get('a')), [null, keys(), false, null, 5, entry('3', 5)])
  })

  t.test('a write says anew how long, but an increment only where it makes the key', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock })
    await createGateway(store, 'shop')
    const at = '2030-01-01T00:00:10.000Z'
    await apply(store, dev, set('a', '1', 10), compareAndSet('b', null, '1', 10), increment('c', 1, 10))
    clock.advance(1_000)
    t.strictSame(await apply(store, dev, increment('a', 1, 60), increment('c', 1, 60), get('a'), get('b'), get('c')), [2, 2, entry('2', 4, at), entry('1', 2, at), entry('2', 5, at)])
    t.strictSame(await apply(store, dev, set('a', '1'), compareAndSet('b', 2, '1'), get('a'), get('b')), [6, 7, entry('1', 6), entry('1', 7)])
    clock.advance(9_000)
    t.strictSame(await apply(store, dev, increment('c', 5, 1), get('c')), [5, entry('5', 8, '2030-01-01T00:00:11.000Z')])
  })

  t.test('an environment has so many keys, and who is there can still be changed', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock, kvLimits: { keys: 3, totalBytes: 1_000 } })
    await createGateway(store, 'shop')
    t.strictSame(await apply(store, dev, set('a'), set('b', '0', 1), increment('c'), set('d'), increment('d'), compareAndSet('d', null, '1'), get('d'), set('a', '1'), increment('c')), [
      1, 2, 1, 'kv_limit_exceeded', 'kv_limit_exceeded', 'kv_limit_exceeded', null, 4, 2
    ])
    t.strictSame(await apply(store, prod, set('a')), [1], 'another one has its own')
    t.strictSame((await apply(store, dev, remove('a'), set('d'), set('e'))).map(one => typeof one), ['boolean', 'number', 'string'])
    clock.advance(1_000)
    t.strictSame((await apply(store, dev, set('e'), set('f'))).map(one => typeof one), ['number', 'string'], 'what has expired counts for nothing')
  })

  t.test('an environment has so many bytes, of keys and values', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock, kvLimits: { keys: 100, totalBytes: 20 } })
    await createGateway(store, 'shop')
    const eight = JSON.stringify('é'.repeat(3))
    t.strictSame(await apply(store, dev, set('ab', eight), set('cd', eight), set('e', '1'), set('cd', `${eight} `), set('cd', '1'), set('ef', '"123"', 5)), [
      1, 2, 'kv_limit_exceeded', 'kv_limit_exceeded', 3, 4
    ])
    t.strictSame(await apply(store, dev, set('g', '1')), ['kv_limit_exceeded'], 'it is full to the last byte')
    clock.advance(5_000)
    t.strictSame(await apply(store, dev, set('g', '12'), get('ef'), set('ef', '12'), set('h', ''), remove('cd'), set('h', '12')), [5, null, 6, 'kv_limit_exceeded', true, 7])
    const { store: other } = await open(t, { kvLimits: { keys: 100, totalBytes: 20 } })
    await createGateway(other, 'shop')
    t.strictSame(await apply(other, dev, set('a', '1'.repeat(20)), set('a', '1'.repeat(19))), ['kv_limit_exceeded', 1])
  })

  t.test('what has expired is taken away step by step, and only that', async t => {
    const clock = settableClock()
    const { store, reopen } = await open(t, { clock, kvLimits: { keys: 10, totalBytes: 1_000 } })
    await createGateway(store, 'shop')
    for (const ref of [dev, prod]) await apply(store, ref, ...[1, 2, 3, 4].map(n => set(`k${n}`, '1', n)), set('stays'))
    t.equal(await store.sweepKv(100), 0)
    clock.advance(3_000)
    t.strictSame([await store.sweepKv(4), await store.sweepKv(4), await store.sweepKv(4)], [4, 2, 0])
    const again = await reopen()
    for (const ref of [dev, prod]) {
      const [{ keys }] = await apply(again, ref, list()) as [{ keys: Array<{ key: string }> }]
      t.strictSame(keys.map(({ key }) => key), ['k4', 'stays'])
      t.strictSame((await apply(again, ref, ...Array.from({ length: 9 }, (_value, n) => set(`new${n}`)))).map(one => typeof one), [...Array.from({ length: 8 }, () => 'number'), 'string'], 'the sum is right')
    }
    t.equal(await again.revision(), 1)
  })
}
