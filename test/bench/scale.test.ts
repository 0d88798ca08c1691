import t from 'tap'
import { linear, logarithmic } from '../../bench/report/scale.ts'

t.test('a linear axis begins with nothing and ends with a round number that holds all', async t => {
  const { at, ticks } = linear([88_000, 17_000])
  t.strictSame(ticks, [0, 20_000, 40_000, 60_000, 80_000, 100_000])
  t.equal(at(50_000), 50)
  t.strictSame(linear([0.3]).ticks, [0, 0.1, 0.2, 0.3])
  t.strictSame(linear([0, 0]).ticks, [0, 0.2, 0.4, 0.6, 0.8, 1], 'nothing but nothing')
  t.strictSame(linear([100]).ticks.at(-1), 100, 'a value that is round needs no more room')
})

t.test('a logarithmic axis has equal room for equal factors', async t => {
  const { at, ticks } = logarithmic([0.23, 31])
  t.strictSame(ticks, [0.2, 0.5, 1, 2, 5, 10, 20, 50].filter(tick => [1, 10].includes(tick)), 'powers of ten where there is no room for more')
  t.strictSame(logarithmic([0.23, 31], 12).ticks, [0.2, 0.5, 1, 2, 5, 10, 20, 50])
  t.equal(at(0.2), 0)
  t.equal(Math.round(at(50)), 100)
  t.equal(Math.round(100 * (at(2) - at(0.2))), Math.round(100 * (at(20) - at(2))))
})

t.test('a logarithmic axis for what has no span, and for what has no logarithm', async t => {
  const one = logarithmic([5, 5])
  t.ok(one.ticks.length > 1)
  t.equal(one.at(0), 0)
  t.equal(logarithmic([0]).at(0), 0)
})
