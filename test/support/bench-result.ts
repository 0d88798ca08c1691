import type { BenchResult, Figure, LatencyOfPeer, Round, ScenarioResult, TargetResult, ThroughputOfPeer } from '../../bench/result.ts'

/** A run as it could have been: something of everything, a missed target and a missing peer among it. */
export function sampleResult (changes: Partial<BenchResult> = {}): BenchResult {
  return {
    at: '2026-11-20T10:00:00.000Z',
    commit: { id: '0123456789abcdef0123456789abcdef01234567', isDirty: false },
    mode: 'short',
    machine: { cpu: 'Example CPU', cores: 2, memoryGiB: 8, system: 'Linux 6.1.0', node: 'v26.10.0' },
    generators: ['wrk 4.1.0', 'constant rate'],
    seconds: 431,
    scenarios: [hello(), constantRate(), revocation()],
    missing: [{ scenario: 'function/hello', peer: 'deno', reason: 'there is no package of it for this system' }],
    failed: [],
    ...changes
  }
}

export function sampleScenario (changes: Partial<ScenarioResult> = {}): ScenarioResult {
  return { id: 'function/hello', group: 'function', title: 'A small answer', about: 'JSON of a few bytes.', throughput: [], latency: [], figures: [], targets: [], ...changes }
}

export function samplePeer (name: string, rates: readonly number[], cpuMicros: Round['cpuMicros'] = { server: 10 }): ThroughputOfPeer {
  const rounds = rates.map((requestsPerSecond): Round => ({ requestsPerSecond, p50Ms: 1.2, p99Ms: 4.5, cpuMicros }))
  return { name, version: '1.0.0', generator: 'wrk 4.1.0', connections: 64, secondsOfRound: 2, rounds }
}

export function sampleTarget (changes: Partial<TargetResult> = {}): TargetResult {
  return { name: 'imprun / node:http, requests a second, at least 0.5', wanted: 0.5, measured: 0.54, is: 'at least', unit: 'ratio', isMet: true, ...changes }
}

export function sampleFigure (changes: Partial<Figure> = {}): Figure {
  return { name: 'time', unit: 'ms', values: [1], as: 'percentiles', ...changes }
}

function hello (): ScenarioResult {
  return sampleScenario({
    throughput: [
      samplePeer('node:http', [88_000, 91_000, 90_000]),
      samplePeer('imprun', [48_000, 49_000, 44_000], { edge: 19.4, sandbox: 11.1, other: 0.2 }),
      samplePeer('workerd', [17_000, 17_900, 17_500], { server: 55 })
    ],
    targets: [sampleTarget(), sampleTarget({ name: 'imprun / workerd, requests a second, at least 3', wanted: 3, measured: 2.74, isMet: false })]
  })
}

function constantRate (): ScenarioResult {
  return sampleScenario({
    id: 'latency/function',
    group: 'latency',
    title: 'A function at a constant rate',
    about: 'What a request waits for where there is room.',
    latency: [sampleLatency('node:http', 1), sampleLatency('imprun', 2.5)],
    targets: [sampleTarget({ name: 'added p50', wanted: 0.4, measured: 0.31, is: 'at most', unit: 'ms' })]
  })
}

function sampleLatency (name: string, factor: number): LatencyOfPeer {
  const round = { count: 20_000, p50Ms: 0.2 * factor, p90Ms: 0.31 * factor, p99Ms: 0.8 * factor, p999Ms: 2.1 * factor, maxMs: 9 * factor }
  return { name, version: '1.0.0', perSecond: 2_000, rounds: [round, { ...round, p99Ms: 1.1 * factor, maxMs: 14 * factor }] }
}

function revocation (): ScenarioResult {
  const requests: Figure = { name: 'until the last request that is let in', unit: 'ms', values: skewed(99, 4), as: 'percentiles' }
  const streams: Figure = { name: 'until an open stream has ended', unit: 'ms', values: skewed(33, 9), as: 'percentiles' }
  const lost: Figure = { name: 'requests that failed', unit: 'count', values: [0], as: 'maximum' }
  return sampleScenario({ id: 'events/revocation', group: 'events', title: 'Revoked keys', about: 'Under the load of another environment.', figures: [requests, streams, lost] })
}

/** As times are: many of the usual length, and few long ones. */
function skewed (count: number, usual: number): number[] {
  return Array.from({ length: count }, (_, index) => usual * (1 + 0.2 * Math.sin(index)) + (index % 20 === 19 ? usual * 2 : 0))
}
