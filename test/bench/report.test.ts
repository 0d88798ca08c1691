import t from 'tap'
import { formatComparison } from '../../bench/format.ts'
import { compare, NotComparable, percentile, spread, type Sample } from '../../bench/report.ts'

const sample = (requestsPerSecond: number, failures = 0): Sample => ({ requestsPerSecond, p50Ms: 1, p99Ms: null, cpuMicros: { edge: 20, sandbox: 1_000_000 / requestsPerSecond }, failures })
const peer = (name: string, rates: number[]) => ({ name, version: '1', samples: rates.map(rate => sample(rate)) })

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

t.test('ratios of medians, with their targets', async t => {
  const { ratios, peers } = compare('ours', [peer('bare', [100, 300, 200]), peer('ours', [50, 70, 60])], [
    { peer: 'bare', atLeast: 0.3 }, { peer: 'bare', atLeast: 0.31 }
  ])
  t.strictSame(ratios, [
    { peer: 'bare', atLeast: 0.3, ratio: 0.3, met: true },
    { peer: 'bare', atLeast: 0.31, ratio: 0.3, met: false }
  ])
  t.strictSame(peers[0], {
    name: 'bare',
    version: '1',
    requestsPerSecond: { median: 200, min: 100, max: 300 },
    p50Ms: { median: 1, min: 1, max: 1 },
    p99Ms: null,
    cpuMicros: { median: 5020, min: 20 + 1_000_000 / 300, max: 10_020 },
    cpuMicrosOf: { edge: 20, sandbox: 5000 }
  })
})

t.test('numbers that compare nothing are refused', async t => {
  const targets = [{ peer: 'bare', atLeast: 0.3 }]
  const failed = { name: 'ours', version: '1', samples: [sample(60), sample(60, 3)] }
  t.throws(() => compare('ours', [peer('bare', [100, 100]), failed], targets), new NotComparable('ours failed to answer 3 requests'))
  t.throws(() => compare('ours', [peer('bare', [100, 100]), peer('ours', [50])], targets), new NotComparable('ours has 1 rounds of 2'))
  t.throws(() => compare('ours', [peer('ours', [50])], targets), new NotComparable('bare was not measured'))
  t.throws(() => compare('ours', [peer('bare', []), peer('ours', [])], targets), NotComparable)
})

t.test('a missed target cannot be overlooked', async t => {
  const text = formatComparison(compare('ours', [peer('bare', [100]), peer('ours', [20])], [{ peer: 'bare', atLeast: 0.35 }]))
  t.match(text, /^ours \/ bare: 0\.20 \(target: at least 0\.35, MISSED\)$/m)
})
