import t from 'tap'
import { MonotonicClock } from '../../data-plane/functions/runtime/monotonic-clock.ts'

t.test('it counts from its start, and on from where it was when the wall clock is set back', async t => {
  let wall = 1_000_000
  const clock = new MonotonicClock(() => wall)
  t.equal(clock.timeOrigin, 1_000_000)
  t.equal(clock.now(), 0)
  wall += 25
  t.equal(clock.now(), 25)
  wall -= 3_600_000
  t.equal(clock.now(), 25)
  wall += 5
  t.equal(clock.now(), 30)
})

t.test('it takes another clock\'s word that a time has come', async t => {
  let wall = 0
  const clock = new MonotonicClock(() => wall)
  clock.advanceTo(100)
  t.equal(clock.now(), 100)
  clock.advanceTo(50)
  t.equal(clock.now(), 100)
  wall += 10
  t.equal(clock.now(), 110)
})
