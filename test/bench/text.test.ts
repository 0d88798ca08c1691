import t from 'tap'
import { figureText, scenarioText, summaryText } from '../../bench/engine/text.ts'
import type { Figure, LatencyRound, Round, ScenarioResult } from '../../bench/result.ts'

const round = (requestsPerSecond: number, cpuMicros: Round['cpuMicros'] = null): Round => ({ requestsPerSecond, p50Ms: 1.234, p99Ms: null, cpuMicros })
const peer = (name: string, rounds: Round[]): ScenarioResult['throughput'][number] => ({ name, version: '1.2.3', generator: 'wrk', connections: 64, secondsOfRound: 2, rounds })
const latency = (p50Ms: number): LatencyRound => ({ count: 100, p50Ms, p90Ms: 2, p99Ms: p50Ms * 2, p999Ms: 9, maxMs: 10 })
const figure = (as: Figure['as'], ...values: number[]): Figure => ({ name: 'a write', unit: 'ms', values, as })
const empty: ScenarioResult = { id: 'function/hello', group: 'function', title: '', about: '', throughput: [], latency: [], figures: [], targets: [] }

t.test('peers with medians, spread and paired ratios', async t => {
  const text = scenarioText({
    ...empty,
    throughput: [peer('imprun', [round(5_000, { edge: 20, sandbox: 10 }), round(6_000, { edge: 22, sandbox: 12 })]), peer('node:http', [round(10_000), round(20_000)])]
  })
  t.match(text, /^imprun +1\.2\.3 +5,500 +5,000 to 6,000 +1\.23 +- +32\.0 \(edge 21\.0, sandbox 11\.0\)$/m)
  t.match(text, /^node:http +1\.2\.3 +15,000 +10,000 to 20,000 +1\.23 +- +- +0\.40 \(0\.30 to 0\.50\)$/m)
})

t.test('latencies with what is added to the bare server at the same rate', async t => {
  const text = scenarioText({
    ...empty,
    latency: [{ name: 'node:http', version: '26', perSecond: 2_000, rounds: [latency(0.5)] }, { name: 'imprun', version: '1', perSecond: 2_000, rounds: [latency(0.75)] }]
  })
  t.match(text, /^imprun +1 +2,000 +0\.75 +2\.00 +1\.50 +9\.00 +10\.00 +0\.25 \(0\.25 to 0\.25\) +0\.50 \(0\.50 to 0\.50\)$/m)
})

t.test('a figure is told as what it is', async t => {
  t.equal(figureText(figure('median', 3, 1, 2)), 'a write: 2 ms (1 to 3)')
  t.equal(figureText(figure('median', 12_345.6)), 'a write: 12,346 ms')
  t.equal(figureText(figure('maximum', 3, 1, 2)), 'a write: 3 ms at most, of 3')
  t.equal(figureText(figure('percentiles', ...Array.from({ length: 100 }, (_, i) => i + 1))), 'a write: p50 50 ms, p99 99 ms, max 100 ms (100)')
})

t.test('a missed target and a missing peer cannot be overlooked', async t => {
  const target = { name: 'imprun / workerd', wanted: 2.5, measured: 2.4, is: 'at least', unit: 'ratio', isMet: false } as const
  const text = summaryText({ scenarios: [{ ...empty, targets: [target] }], missing: [{ scenario: 'function/hello', peer: 'deno', reason: 'npm has none for plan9' }], seconds: 61.2 })
  t.match(text, 'function/hello: imprun / workerd: 2.4 (target: at least 2.5, MISSED)')
  t.match(text, 'function/hello: without deno, npm has none for plan9')
})
