import type { Test } from 'tap'
import { maxKvAnswerBytes } from '#shared/kv.ts'
import { createGateway, environment, ref } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { apply, compareAndSet, entry, get, increment, keys, list, outcomes, remove, set } from './kv-operations.ts'

const dev = ref('shop', 'dev')
const prod = ref('shop', 'prod')

export function kvContract (t: Test, open: OpenStore): void {
  t.test('operations of a batch are applied in their order, and make no revision', async t => {
    const { store, reopen } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await apply(store, dev, get('a'), set('a', '{"n":1}'), get('a'), set('a', '2'), get('a'), remove('a'), remove('a'), get('a'), set('a', '3')), [
      null, 1, entry('{"n":1}', 1), 2, entry('2', 2), true, false, null, 3
    ])
    t.strictSame(await store.applyKv([]), [])
    t.equal(await store.revision(), 1)
    t.strictSame(await apply(await reopen(), dev, get('a')), [entry('3', 3)])
  })

  t.test('a version is never given twice, so who compares notices everything', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await apply(store, dev,
      compareAndSet('a', 1, '"x"'), compareAndSet('a', null, '"first"'), compareAndSet('a', null, '"late"'), compareAndSet('a', 1, '"second"'), compareAndSet('a', 1, '"late"'),
      remove('a'), set('a', '"again"'), compareAndSet('a', 2, '"stale"'), get('a'), remove('a', 2), remove('a', 3), compareAndSet('a', 3, '"gone"')
    ), [null, 1, null, 2, null, true, 3, null, entry('"again"', 3), false, true, null])
  })

  t.test('an increment counts, from nothing too, and no two are lost', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await apply(store, dev, increment('n'), increment('n', 41), increment('n', -2), get('n')), [1, 42, 40, entry('40', 3)])
    await Promise.all(Array.from({ length: 20 }, async () => await apply(store, dev, increment('n'), increment('n'))))
    t.strictSame(await apply(store, dev, increment('n', 0)), [80])
    const others = ['"1"', '1.5', 'null', '[1]', 'true', '9007199254740993', '1e400', `"${'1'.repeat(100)}"`]
    for (const value of others) t.strictSame(await apply(store, dev, set('x', value), increment('x'), get('x')).then(([, ...rest]) => rest.map(one => (one as { value?: string }).value ?? one)), ['kv_type_mismatch', value])
    t.strictSame((await apply(store, dev, set('x', '9007199254740991'), increment('x'), increment('x', -1))).slice(1), ['kv_type_mismatch', 9007199254740990])
  })

  t.test('keys are listed in the order of their bytes, by prefix, page by page', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const names = ['b', 'a:2', 'a:1', 'a', '__proto__', 'A', '\u{1f600}', '\uff5e', 'a:\u{10ffff}x', '%', '_', 'constructor', 'é', ' ']
    await apply(store, dev, ...names.map(name => set(name)))
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    t.strictSame(await apply(store, dev, list()), [keys(...sorted)])
    t.strictSame(await apply(store, dev, list('a:'), list('A'), list('é'), list('c%'), list('nothing')), [keys('a:1', 'a:2', 'a:\u{10ffff}x'), keys('A'), keys('é'), keys(), keys()])
    const pages: string[][] = []
    for (let after: string | null = null; pages.length === 0 || after !== null;) {
      const [page] = await apply(store, dev, list('', 5, after)) as [{ keys: Array<{ key: string }>, next: string | null }]
      pages.push(page.keys.map(({ key }) => key))
      after = page.next
    }
    t.strictSame(pages, [sorted.slice(0, 5), sorted.slice(5, 10), sorted.slice(10)])
    t.strictSame(await apply(store, dev, list('a:', 1)), [{ ...keys('a:1'), next: 'a:1' }])
    t.strictSame(await apply(store, dev, list('a:', 9, 'a:1'), list('a:', 9, 'A'), list('a:', 9, 'b')), [keys('a:2', 'a:\u{10ffff}x'), keys('a:1', 'a:2', 'a:\u{10ffff}x'), keys()])
  })

  t.test('each environment of each gateway has its own', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    const batch = [dev, prod, ref('other', 'dev')].flatMap((ref, n) => [{ gatewayId: ref.gatewayId, environment: ref.environment, operation: set('a', `${n}`) }])
    t.strictSame(outcomes(await store.applyKv(batch)), [1, 1, 1])
    t.strictSame(await apply(store, dev, get('a'), list(), increment('a', 10)), [entry('0', 1), keys('a'), 10])
    t.strictSame(await apply(store, prod, get('a')), [entry('1', 1)])
    t.strictSame(await apply(store, ref('other', 'dev'), remove('a'), get('a')), [true, null])
    t.strictSame(await apply(store, prod, get('a')), [entry('1', 1)])
    t.strictSame(await apply(store, ref('shop', 'beta'), get('a'), set('a')), ['kv_unavailable', 'kv_unavailable'])
    t.strictSame(await apply(store, ref('nowhere', 'dev'), increment('a')), ['kv_unavailable'])
  })

  t.test('an environment takes its entries along, and so does a gateway', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    for (const ref of [dev, prod]) await apply(store, ref, set('a', '1', 60))
    await store.deleteEnvironment('shop', 'dev', 1)
    t.strictSame(await apply(store, prod, get('a')).then(([found]) => (found as { value: string }).value), '1')
    await store.createEnvironment(environment('shop', 'dev'))
    t.strictSame(await apply(store, dev, get('a'), list()), [null, keys()])
    await store.deleteGateway('shop', (await store.getGateway('shop'))!.revision)
    await createGateway(store, 'shop')
    t.strictSame(await apply(store, prod, get('a'), compareAndSet('a', null, '2')), [null, 1])
  })

  t.test('a batch ends early where its answers are many, and what has no answer was not done', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const large = JSON.stringify('x'.repeat(60_000))
    await apply(store, dev, set('large', large))
    const fitting = Math.ceil(maxKvAnswerBytes / large.length)
    const operations = [...Array.from({ length: fitting + 5 }, () => get('large')), increment('n')]
    const answered = await apply(store, dev, ...operations)
    t.ok(answered.length >= fitting - 1 && answered.length <= fitting, `${answered.length} answers`)
    t.strictSame(await apply(store, dev, get('n')), [null])
  })
}
