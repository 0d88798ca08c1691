import t from 'tap'
import { createWindowCounters } from '../../data-plane/limits/counter.ts'
import { askAll, askWorker, startTestWorkers } from '../support/workers.ts'

t.test('a clock that is set back keeps nobody out of a sliding window', async t => {
  let now = 1_000_000_000
  const { take } = createWindowCounters({ clock: { now: () => now } })
  const spend = { key: 'a', windowMs: 60_000, isSliding: true, max: 1, cost: 1 }
  t.equal(take([spend]).isTaken, true)
  t.equal(take([spend]).isTaken, false)
  now -= 500_000
  t.equal(take([spend]).isTaken, true)
})

t.test('what costs more than there can ever be is never taken', async t => {
  const { take } = createWindowCounters({ clock: { now: () => 0 } })
  for (const isSliding of [false, true]) t.match(take([{ key: 'a', windowMs: 60_000, isSliding, max: 5, cost: 6 }]), { isTaken: false, counts: [{ count: 0, resetsInMs: 60_000 }] })
})

t.test('corrections of a sliding window take the newest first', async t => {
  let now = 0
  const { take, correct } = createWindowCounters({ clock: { now: () => now } })
  const counter = { key: 'a', windowMs: 20_000, isSliding: true }
  take([{ ...counter, max: 10, cost: 4 }])
  now = 10_000
  take([{ ...counter, max: 10, cost: 4 }])
  correct([{ ...counter, delta: -5 }])
  t.match(take([{ ...counter, max: 10, cost: 0 }]), { counts: [{ count: 3 }] })
  now = 21_000
  t.match(take([{ ...counter, max: 10, cost: 0 }]), { counts: [{ count: 0 }] }, 'what is left is as old as it was')
})

t.test('two worker processes take together, and give back', async t => {
  const { workers } = await startTestWorkers(t)
  const port = await workers.ready
  const answers = await askAll(port, 'take/shop', 2)
  t.ok(answers.every(({ isTaken }) => isTaken === true))
  let taken = 0
  while ((await askWorker(port, 'take/shop')).isTaken === true) if (++taken > 20_000) break
  t.equal((await askWorker(port, 'take/shop')).isTaken, false)
  await askWorker(port, 'correct/shop')
  t.equal((await askWorker(port, 'take/shop')).isTaken, true, 'one has been given back')
  t.equal((await askWorker(port, 'take/shop')).isTaken, false, 'and no more than one')
})
