import t from 'tap'
import { scaleMeasured } from '../../bench/scale/figures.ts'
import type { Pace, ScaleResult } from '../../bench/scale/measure.ts'

const mb = 1e6
const others = [{ role: 'supervisor', pss: 1, rss: 900 * mb }, { role: 'keeper', pss: 1, rss: mb }] as const

function resultOf (gateways: number, fields: Partial<ScaleResult> = {}): ScaleResult {
  const pace = (): Pace['edge'] => ({ latenciesMs: [1, 2, 3], ratePerSecond: 250, flatOutPerSecond: 1_000 })
  const worker = (rss: number): ScaleResult['memory']['atStart'][number] => ({ role: 'worker', pss: rss / 2, rss })
  return {
    gateways,
    clients: gateways * 10,
    fillMs: null,
    storeBytes: 1,
    controlPlaneStartMs: 500,
    firstSync: { ms: 1_000, feedBytes: gateways * 1_000, replicaBytes: gateways * 2_000 },
    writes: [{ kind: 'add a client', writeMs: 2, visibleMs: 3 }],
    firstAnswerMs: [1_000, 1_200, 1_100],
    firstAnswerCpuMs: [900],
    memory: { atStart: [...others, worker(100 * mb), worker(90 * mb)], atEnd: [...others, worker(200 * mb)] },
    hot: { edge: pace(), function: pace() },
    cold: { edge: pace(), function: pace() },
    sweptClients: 1,
    ...fields
  }
}

t.test('each size is told, and the largest against the smallest', async t => {
  const { latency, figures, targets } = scaleMeasured([resultOf(1_000), resultOf(20_000)], '1.0.0')
  const find = (name: string): number[] | undefined => figures.find(figure => figure.name === name)?.values
  t.strictSame(find('the feed until then, 1,000 gateways with 10,000 clients'), [1])
  t.strictSame(find('the feed until then: largest size / smallest'), [20])
  t.strictSame(find('add a client: from its request until all workers show it, 20,000 gateways with 200,000 clients'), [5])
  t.strictSame(find('memory of a worker (RSS), at the start, 1,000 gateways with 10,000 clients'), [100, 90])
  t.equal(latency.length, 8)
  t.match(latency[0], { name: 'imprun, 1,000 gateways with 10,000 clients, hot keys, all but the function', version: '1.0.0', perSecond: 250, rounds: [{ count: 3, p50Ms: 2, maxMs: 3 }] })
  t.equal(targets.length, 4)
  t.ok(targets.every(({ isMet }) => isMet))
})

t.test('the worst start and the largest worker count', async t => {
  const slow = resultOf(1_000, { firstAnswerMs: [1_000, 2_001, 1_000], memory: { atStart: [...others], atEnd: [...others, { role: 'worker', pss: 1, rss: 251 * mb }] } })
  const { targets } = scaleMeasured([slow], '1.0.0')
  t.match(targets, [{ measured: 2.001, isMet: false }, { measured: 251, isMet: false }])
})

t.test('one size has nothing to be held against', async t => {
  t.notOk(scaleMeasured([resultOf(1_000)], '1.0.0').figures.some(({ unit }) => unit === 'ratio'))
})
