import t from 'tap'
import { createNonceStore, type NonceUse } from '../../data-plane/authentication/nonce-store.ts'

const keptMs = 60_000

function start (max?: number) {
  let now = 1_000_000
  const store = createNonceStore({ clock: { now: () => now }, ...(max !== undefined && { max }) })
  return {
    pass: (ms: number): void => { now += ms },
    /** Made now. */
    use: (digest: string, more: Partial<NonceUse> = {}) => store.use({ place: 'shop-prod', digest, madeAt: now, keptMs, ...more })
  }
}

t.test('each is fresh once, in its environment, for as long as its signature is good', async t => {
  const { use, pass } = start()
  pass(1)
  t.strictSame([use('a'), use('a'), use('b'), use('a', { place: 'shop-dev' })], ['fresh', 'seen', 'fresh', 'fresh'])
  pass(keptMs - 1)
  t.equal(use('a'), 'seen')
  pass(1)
  t.equal(use('a'), 'fresh')
})

t.test('what was made before the store was may have been used', async t => {
  const { use, pass } = start()
  t.equal(use('a'), 'forgotten')
  pass(5_000)
  t.strictSame([use('a', { madeAt: 1_000_000 }), use('b', { madeAt: 1_000_001 })], ['forgotten', 'fresh'])
})

t.test('there is a bound, and nothing is fresh twice for that; who has less forgets nothing', async t => {
  const { use, pass } = start(100)
  pass(1)
  t.equal(use('mine', { place: 'blog-prod' }), 'fresh')
  const ages = new Map<string, number>()
  for (let i = 0; i < 1_000; i++) {
    pass(10)
    ages.set(`n${i}`, 1_000_001 + 10 * (i + 1))
    if (use(`n${i}`) !== 'fresh') t.fail(`n${i} was not used before`)
  }
  const verdicts = [...ages].map(([digest, madeAt]) => use(digest, { madeAt }))
  t.notOk(verdicts.includes('fresh'))
  t.ok(verdicts.filter(verdict => verdict === 'seen').length > 80, 'most of the room is in use')
  t.equal(use('mine', { place: 'blog-prod', madeAt: 1_000_001 }), 'seen')
  pass(keptMs)
  for (let i = 0; i < 200; i++) use(`later${i}`, { place: 'blog-dev' })
  t.equal(use('n0'), 'fresh', 'when all of them are too old')
})
