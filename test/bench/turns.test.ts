import t from 'tap'
import { inTurn } from '../../bench/engine/turns.ts'

t.test('each round meets everyone, in the order that was given', async t => {
  const met: string[] = []
  const results = await inTurn(['a', 'b', 'c'], 2, async (each, round) => {
    met.push(each)
    return `${each}${round}`
  })
  t.equal(met.join(' '), 'a b c a b c')
  t.strictSame(results, [['a', ['a1', 'a2']], ['b', ['b1', 'b2']], ['c', ['c1', 'c2']]])
})

t.test('every other round goes the other way round, and results stay where they were', async t => {
  const met: string[] = []
  const results = await inTurn(['a', 'b'], 3, async (each, round) => {
    met.push(each)
    return round
  }, true)
  t.equal(met.join(' '), 'a b b a a b')
  t.strictSame(results, [['a', [1, 2, 3]], ['b', [1, 2, 3]]])
})
