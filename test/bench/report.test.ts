import t from 'tap'
import { percentile, spread } from '../../bench/report.ts'

t.test('the spread of a measurement', async t => {
  t.strictSame(spread([30, 10, 20]), { median: 20, min: 10, max: 30 })
  t.strictSame(spread([40, 10, 20, 30]), { median: 25, min: 10, max: 40 })
  t.strictSame(spread([9, 10, 100]), { median: 10, min: 9, max: 100 }, 'numbers are ordered as numbers')
  t.throws(() => spread([]), RangeError)
})

t.test('percentiles by nearest rank', async t => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
  t.equal(percentile(hundred, 50), 50)
  t.equal(percentile(hundred, 99), 99)
  t.equal(percentile(hundred, 100), 100)
  t.equal(percentile([7], 1), 7)
  t.throws(() => percentile([], 50), RangeError)
})
