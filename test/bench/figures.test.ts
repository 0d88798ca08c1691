import t from 'tap'
import { amount, headline, p99AtMost, times } from '../../bench/figures.ts'

t.test('times keep their order, and no more digits than a clock has', async t => {
  t.strictSame(times('write', [3.0004999, 1.2345678]), { name: 'write', unit: 'ms', values: [3, 1.235], as: 'percentiles' })
})

t.test('a target of the 99th percentile looks at the slow ones', async t => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  t.match(p99AtMost(times('write', values), 99), { name: 'write, p99', measured: 99, wanted: 99, is: 'at most', unit: 'ms', isMet: true })
  t.match(p99AtMost(times('write', values), 98.9), { isMet: false })
  t.throws(() => p99AtMost(times('write', []), 1), RangeError)
})

t.test('what is told first is the median, or the most where that is what counts', async t => {
  t.equal(headline(amount('starts', 's', [3, 1, 2])), 2)
  t.equal(headline(amount('memory', 'MB', [3, 9, 2], 'maximum')), 9)
})
