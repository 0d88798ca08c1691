import t from 'tap'
import { drawByZipf, drawUniformly, scattered } from '../../bench/clients/draw.ts'
import { createRandom } from '../support/random.ts'

/** How often each number came up. */
function countsOf (drawn: Uint32Array, population: number): number[] {
  const counts = Array.from({ length: population }, () => 0)
  for (const number of drawn) counts[number]!++
  return counts
}

t.test('all numbers are as likely as each other', async t => {
  const counts = countsOf(drawUniformly(createRandom(1), 10, 100_000), 10)
  for (const count of counts) t.ok(count > 9_500 && count < 10_500, `${count} of 100,000`)
})

t.test('the second most frequent number is half as frequent as the first, the fourth a quarter', async t => {
  const counts = countsOf(drawByZipf(createRandom(1), 1_000, 200_000), 1_000).toSorted((a, b) => b - a)
  // The sum of 1/k to a thousand is 7.4855.
  const first = 200_000 / 7.4855
  for (const rank of [1, 2, 4, 10]) {
    const expected = first / rank
    t.ok(Math.abs(counts[rank - 1]! - expected) < 5 * Math.sqrt(expected), `rank ${rank}: ${counts[rank - 1]!}, and ${Math.round(expected)} expected`)
  }
  t.ok(counts.filter(count => count > 0).length > 900, 'the rare ones come up, too')
})

t.test('a smaller exponent makes them more alike', async t => {
  const most = (exponent: number): number => Math.max(...countsOf(drawByZipf(createRandom(1), 1_000, 100_000, exponent), 1_000))
  t.ok(most(0.5) < most(1) / 2)
})

t.test('popular clients are not neighbours', async t => {
  const counts = countsOf(drawByZipf(createRandom(1), 10_000, 100_000), 10_000)
  const popular = counts.map((count, number) => ({ count, number })).toSorted((a, b) => b.count - a.count).slice(0, 10)
  t.ok(new Set(popular.map(({ number }) => Math.floor(number / 1_000))).size > 5, 'they are in more than five of ten gateways')
})

t.test('what is drawn with one seed is drawn with it again', async t => {
  t.strictSame(drawByZipf(createRandom(8), 1_000_000, 100), drawByZipf(createRandom(8), 1_000_000, 100))
  t.strictNotSame(drawUniformly(createRandom(8), 1_000_000, 100), drawUniformly(createRandom(9), 1_000_000, 100))
})

t.test('each number once, and neighbours far apart', async t => {
  for (const population of [1, 2, 10, 1_000, 10_000]) t.equal(new Set(scattered(population)).size, population)
  const [first, second] = scattered(10_000)
  t.ok(Math.abs(first! - second!) > 1_000)
})
