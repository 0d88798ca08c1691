import t from 'tap'
import { addedLatency, latencyRound, latencyTarget, NotComparable, pairedRatios, throughputTarget } from '../../bench/report.ts'
import type { LatencyOfPeer, LatencyRound, Round, ThroughputOfPeer } from '../../bench/result.ts'

const round = (requestsPerSecond: number): Round => ({ requestsPerSecond, p50Ms: 1, p99Ms: null, cpuMicros: null })
const peer = (name: string, ...rates: number[]): ThroughputOfPeer => ({ name, version: '1', generator: 'wrk', connections: 64, secondsOfRound: 2, rounds: rates.map(round) })
const latency = (p50Ms: number, p99Ms: number): LatencyRound => ({ count: 100, p50Ms, p90Ms: 2, p99Ms, p999Ms: 9, maxMs: 10 })
const paced = (name: string, ...rounds: LatencyRound[]): LatencyOfPeer => ({ name, version: '1', perSecond: 2_000, rounds })

t.test('rounds are compared with those that met the same machine', async t => {
  t.strictSame(pairedRatios([round(10), round(30)], [round(100), round(60)]), [0.1, 0.5])
  t.strictSame(addedLatency([latency(1.5, 9)], [latency(0.5, 2)], 'p99Ms'), [7])
  t.throws(() => pairedRatios([round(1)], [round(1), round(1)]), new NotComparable('there are 1 rounds to compare with 2'))
  t.throws(() => pairedRatios([], []), NotComparable)
})

t.test('a target counts the median of the paired rounds', async t => {
  const measured = [peer('imprun', 50, 10, 60), peer('node:http', 100, 100, 100)]
  t.strictSame(throughputTarget(measured, 'imprun', 'node:http', 0.5), [
    { name: 'imprun / node:http, requests a second', measured: 0.5, is: 'at least', wanted: 0.5, unit: 'ratio', isMet: true }
  ])
  t.match(throughputTarget(measured, 'imprun', 'node:http', 0.51), [{ isMet: false }])
})

t.test('what is added at a constant rate must not be more', async t => {
  const measured = [paced('imprun', latency(1, 5), latency(2, 3)), paced('node:http', latency(0.5, 1), latency(1, 1))]
  t.strictSame(latencyTarget(measured, 'imprun', 'node:http', 'p99Ms', 2), [
    { name: 'p99 that imprun adds to node:http, 2000 requests a second', measured: 3, is: 'at most', wanted: 2, unit: 'ms', isMet: false }
  ])
})

t.test('a peer that is missing has no target, the subject cannot be missing', async t => {
  t.strictSame(throughputTarget([peer('imprun', 1)], 'imprun', 'deno', 1), [])
  t.throws(() => throughputTarget([peer('deno', 1)], 'imprun', 'deno', 1), new NotComparable('imprun was not measured'))
})

t.test('percentiles of a round', async t => {
  t.strictSame(latencyRound(Array.from({ length: 1_000 }, (_, i) => 1_000 - i)), { count: 1_000, p50Ms: 500, p90Ms: 900, p99Ms: 990, p999Ms: 999, maxMs: 1_000 })
})
