import t from 'tap'
import { changeOf, isBeyondNoise } from '../../bench/compare/signed-rank.ts'

/** A sequence that is the same each time. @see https://en.wikipedia.org/wiki/Linear_congruential_generator */
function noise (seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

t.test('the change, and where it lies', async t => {
  // Powers of e: their logarithms are 1 to 10, and the tables cut off three of the means at each end for ten pairs.
  const { factor, interval } = changeOf(Array.from({ length: 10 }, (_, index) => Math.exp(index + 1)))
  t.equal(Math.log(factor).toFixed(6), '5.500000')
  // 1, 1.5, 2 and 2 are the smallest means.
  t.equal(Math.log(interval!.low).toFixed(6), '2.000000')
  t.equal(Math.log(interval!.high).toFixed(6), '9.000000')
})

t.test('eight pairs are the fewest that say anything', async t => {
  const { factor, interval } = changeOf(Array.from({ length: 7 }, () => 2))
  t.equal(factor.toFixed(6), '2.000000')
  t.equal(interval, null)
  t.equal(isBeyondNoise({ factor, interval }), false)
  t.equal(isBeyondNoise(changeOf(Array.from({ length: 8 }, () => 2))), true)
  t.throws(() => changeOf([]), RangeError)
})

t.test('faster, slower, and neither', async t => {
  const around = (factor: number): number[] => [0.99, 1.01, 1, 1.02, 0.98, 1.005, 0.995, 1.01, 0.99, 1].map(each => each * factor)
  t.equal(isBeyondNoise(changeOf(around(1.05))), true)
  t.equal(isBeyondNoise(changeOf(around(0.95))), true)
  t.equal(isBeyondNoise(changeOf(around(1))), false)
  const [faster, slower] = [changeOf(around(1.05)), changeOf(around(1.05).map(ratio => 1 / ratio))]
  t.equal((faster.factor * slower.factor).toFixed(9), '1.000000000', 'it is the same, whichever is held against the other')
})

t.test('one pair that was disturbed changes little', async t => {
  const ratios = [1.05, 1.04, 1.06, 1.05, 1.05, 1.04, 1.06, 1.05, 1.05, 1.05, 1.05]
  t.ok(Math.abs(changeOf([...ratios, 0.2]).factor - changeOf(ratios).factor) < 0.01)
})

t.test('where nothing has changed, that is found nearly always', async t => {
  const random = noise(7)
  const runs = 2_000
  let wrong = 0
  for (let run = 0; run < runs; run++) {
    if (isBeyondNoise(changeOf(Array.from({ length: 12 }, () => (1 + 0.1 * random()) / (1 + 0.1 * random()))))) wrong++
  }
  t.ok(wrong > 0 && wrong <= runs / 100 * 1.5, `${wrong} of ${runs}`)
})
