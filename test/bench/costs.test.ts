import t from 'tap'
import { addedMicros, bandwidthFigures, microsOf, timesFigures, timesMicros } from '../../bench/proxied/costs.ts'
import { NotComparable } from '../../bench/report.ts'
import type { Round, ThroughputOfPeer } from '../../bench/result.ts'

const round = (cpuMicros: Round['cpuMicros'], requestsPerSecond = 1_000): Round => ({ requestsPerSecond, p50Ms: null, p99Ms: null, cpuMicros })
const peer = (name: string, rounds: Round[]): ThroughputOfPeer => ({ name, version: '1', generator: 'none', connections: 1, secondsOfRound: 1, rounds })

t.test('a request costs what it costs in all processes', async t => {
  t.equal(microsOf(round({ edge: 40, sandbox: 2, other: 1 })), 43)
  t.equal(microsOf(round(null)), null)
})

t.test('rounds are held against the same round, and not against the median', async t => {
  const own = [round({ edge: 50 }), round({ edge: 80 }), round({ edge: 66 })]
  const without = [round({ edge: 40 }), round({ edge: 60 }), round({ edge: 55 })]
  t.strictSame(addedMicros(own, without), [10, 20, 11])
  t.strictSame(timesMicros(own, without), [1.25, 80 / 60, 1.2])
  t.strictSame(addedMicros(own, [round({ edge: 40 }), round(null), round({ edge: 55 })]), [10, 11], 'what the system does not say is left out')
  t.throws(() => addedMicros(own, without.slice(1)), NotComparable)
})

t.test('the subject against each of the others', async t => {
  const measured = [peer('nginx', [round({ server: 10 })]), peer('quiet', [round(null)]), peer('imprun', [round({ edge: 30, other: 5 })])]
  t.strictSame(timesFigures(measured, 'imprun'), [{ name: 'imprun / nginx, processor time of a request', unit: 'ratio', values: [3.5], as: 'median' }])
  t.throws(() => timesFigures(measured, 'caddy'), NotComparable)
})

t.test('bytes a second follow from answers a second', async t => {
  t.strictSame(bandwidthFigures([peer('nginx', [round(null, 2_000)])], 100_000), [{ name: 'nginx, bodies', unit: 'MB/s', values: [200], as: 'median' }])
})
