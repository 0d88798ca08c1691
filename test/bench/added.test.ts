import t from 'tap'
import { addedFigures, addedTargets } from '../../bench/added.ts'
import type { LatencyOfPeer } from '../../bench/result.ts'

function peer (name: string, p50s: readonly number[], p99s: readonly number[]): LatencyOfPeer {
  return { name, version: '1', perSecond: 2_000, rounds: p50s.map((p50Ms, index) => ({ count: 1, p50Ms, p90Ms: p50Ms, p99Ms: p99s[index]!, p999Ms: 9, maxMs: 9 })) }
}

t.test('what is added is the difference of rounds that stand beside each other', async t => {
  const measured = [peer('bare', [1, 2, 3], [2, 2, 9]), peer('imprun', [1.5, 2.25, 3.25], [3, 5, 10])]
  t.match(addedFigures(measured, 'imprun', 'bare'), [
    { name: 'imprun adds to bare, p50', unit: 'ms', values: [0.5, 0.25, 0.25] },
    { name: 'imprun adds to bare, p90' },
    { name: 'imprun adds to bare, p99', values: [1, 3, 1] }
  ])
  t.match(addedTargets(measured, 'imprun', 'bare'), [{ measured: 0.25, wanted: 0.4, isMet: true }, { measured: 1, wanted: 2, isMet: true }])
})

t.test('nothing is held against what could not be had', async t => {
  t.strictSame(addedFigures([peer('imprun', [1], [1])], 'imprun', 'bare'), [])
  t.strictSame(addedTargets([peer('imprun', [1], [1])], 'imprun', 'bare'), [])
})
