import t from 'tap'
import { costOf, isFlat, warmUp } from '../../bench/engine/warm-up.ts'

const rounds = (micros: number[]) => {
  const left = [...micros]
  return async () => ({ requestsPerSecond: 1_000, p50Ms: null, p99Ms: null, cpuMicros: { edge: left.shift() ?? 0 } })
}

t.test('it ends when requests get no cheaper', async t => {
  t.equal(await warmUp(rounds([50, 50, 50])), 3, 'what is compiled already')
  t.equal(await warmUp(rounds([400, 150, 100, 80, 79, 78])), 6, 'what is compiled meanwhile')
  t.equal(await warmUp(rounds([400, 150, 155, 80, 81, 79])), 6, 'one turn without gain says nothing')
})

t.test('it ends, whatever happens', async t => {
  t.equal(await warmUp(rounds([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 50])), 10)
})

t.test('flat is what has not got a twentieth cheaper in two turns', async t => {
  t.notOk(isFlat([]))
  t.notOk(isFlat([100, 100]))
  t.notOk(isFlat([100, 100, 94]))
  t.ok(isFlat([100, 95, 100]))
  t.ok(isFlat([200, 100, 98, 97]))
})

t.test('where processor time is not told, the rate is what tells', async t => {
  t.equal(costOf({ cpuMicros: null, requestsPerSecond: 20_000 }), 50)
  t.equal(costOf({ cpuMicros: { edge: 40, other: 2 }, requestsPerSecond: 20_000 }), 42)
})
