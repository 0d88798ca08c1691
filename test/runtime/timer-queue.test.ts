import t from 'tap'
import { TimerQueue } from '../../data-plane/functions/runtime/timer-queue.ts'

const timer = (id: number, deadline: number) => ({ id, deadline, callback: () => {}, args: [], intervalMs: 0, owner: 0 })

function drain (queue: TimerQueue): number[] {
  const ids: number[] = []
  for (let first = queue.first(); first !== undefined; first = queue.first()) {
    ids.push(first.id)
    queue.remove(first.id)
  }
  return ids
}

t.test('whatever was added and removed, the earliest comes first and equals stay in order', async t => {
  // A linear congruential generator: the same every time.
  let seed = 1
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
  const queue = new TimerQueue()
  const kept: Array<{ id: number, deadline: number }> = []
  for (let id = 1; id <= 3000; id++) {
    const deadline = random(50)
    queue.add(timer(id, deadline))
    kept.push({ id, deadline })
    if (random(3) > 0) queue.remove(kept.splice(random(kept.length), 1)[0]!.id)
  }
  t.strictSame(drain(queue), kept.sort((a, b) => a.deadline - b.deadline || a.id - b.id).map(({ id }) => id))
})

t.test('an id added again is the new timer alone', async t => {
  const queue = new TimerQueue()
  queue.add(timer(1, 5))
  queue.remove(1)
  queue.add(timer(1, 9))
  queue.add(timer(2, 7))
  t.strictSame(drain(queue), [2, 1])
  t.equal(queue.first(), undefined)
})
