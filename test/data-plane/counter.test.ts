import t from 'tap'
import { createWindowCounters } from '../../data-plane/limits/counter.ts'

t.test('a window begins with its first hit and ends after its length', async t => {
  let now = 1_000
  const { hit } = createWindowCounters({ clock: { now: () => now } })
  t.strictSame(hit('a', 1_000), { count: 1, resetsInMs: 1_000 })
  now += 400
  t.strictSame(hit('a', 1_000), { count: 2, resetsInMs: 600 })
  now += 599
  t.strictSame(hit('a', 1_000), { count: 3, resetsInMs: 1 })
  now += 1
  t.strictSame(hit('a', 1_000), { count: 1, resetsInMs: 1_000 })
})

t.test('keys are counted apart', async t => {
  const { hit } = createWindowCounters({ clock: { now: () => 0 } })
  hit('a', 1_000)
  hit('a', 1_000)
  t.equal(hit('b', 1_000).count, 1)
  t.equal(hit('a', 1_000).count, 3)
})

t.test('a shorter window than the one that runs begins anew, a longer one comes after it', async t => {
  let now = 0
  const { hit } = createWindowCounters({ clock: { now: () => now } })
  hit('a', 60_000)
  t.strictSame(hit('a', 1_000), { count: 1, resetsInMs: 1_000 })
  t.strictSame(hit('a', 60_000), { count: 2, resetsInMs: 1_000 })
  now += 1_000
  t.strictSame(hit('a', 60_000), { count: 1, resetsInMs: 60_000 })
})

t.test('a clock that is set back does not keep anybody out longer than the window', async t => {
  let now = 1_000_000
  const { hit } = createWindowCounters({ clock: { now: () => now } })
  hit('a', 1_000)
  now -= 500_000
  t.strictSame(hit('a', 1_000), { count: 1, resetsInMs: 1_000 })
})

t.test('made-up keys cannot fill the memory: the one hit longest ago is forgotten', async t => {
  const { hit } = createWindowCounters({ clock: { now: () => 0 }, maxKeys: 3 })
  for (const key of ['a', 'b', 'c']) hit(key, 1_000)
  t.equal(hit('a', 1_000).count, 2)
  hit('d', 1_000)
  t.equal(hit('a', 1_000).count, 3, 'hit a moment ago: kept')
  t.equal(hit('b', 1_000).count, 1, 'hit longest ago: begins anew')
})
