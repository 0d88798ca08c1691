/**
 * What a run of the benchmark leaves behind, as it stands in `results/latest.json`: all that its report, the README's table and a comparison of two
 * commits are made from. Milliseconds, microseconds, bytes and seconds, as the names say.
 */
export interface BenchResult {
  /** ISO 8601. */
  at: string
  /** What was measured: `git rev-parse HEAD`, and whether the working tree differed from it; `null`: no checkout. */
  commit: { id: string, isDirty: boolean } | null
  mode: 'short' | 'full'
  machine: Machine
  /** Of the load generators, with their versions. */
  generators: string[]
  /** Whole run. */
  seconds: number
  scenarios: ScenarioResult[]
  /** Left out, each with the reason: a runtime that does not start here, a program that is not there. */
  missing: Array<{ scenario: string, peer: string, reason: string }>
  /** Without a result, each with what was wrong: an answer, a request that failed, a peer that did not start. */
  failed: Array<{ scenario: string, reason: string }>
}

/** On which something is measured: numbers of two machines say nothing about each other. */
export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  /** `uname -sr`. */
  system: string
  node: string
}

export type Group = 'function' | 'proxy' | 'keys' | 'policies' | 'latency' | 'events' | 'capacity'

export interface ScenarioResult {
  /** `function/hello`: its folder and file, and what is named on the command line. */
  id: string
  group: Group
  title: string
  /** What is asked, and what is done about it; a sentence or two for the report. */
  about: string
  /** Requests answered in rounds, peer after peer; empty where there are none. */
  throughput: ThroughputOfPeer[]
  /** At a constant rate; empty where there are none. */
  latency: LatencyOfPeer[]
  /** Times of single events, and amounts; empty where there are none. */
  figures: Figure[]
  targets: TargetResult[]
}

export interface PeerIdentity {
  name: string
  version: string
}

export interface ThroughputOfPeer extends PeerIdentity {
  generator: string
  connections: number
  secondsOfRound: number
  rounds: Round[]
}

export interface Round {
  requestsPerSecond: number
  /** Of what was answered under full load; `null`: the generator does not say. */
  p50Ms: number | null
  p99Ms: number | null
  /** Of one request, by the kind of process; `null`: the system does not say. */
  cpuMicros: Record<string, number> | null
}

/** Without coordinated omission: counted from when a request was to be sent. Counts of rounds in turn. */
export interface LatencyOfPeer extends PeerIdentity {
  perSecond: number
  rounds: LatencyRound[]
}

export interface LatencyRound {
  count: number
  p50Ms: number
  p90Ms: number
  p99Ms: number
  p999Ms: number
  maxMs: number
}

export interface Figure {
  name: string
  unit: 'ms' | 'µs' | 'MB' | 'MB/s' | 's' | 'requests/s' | 'ratio' | 'count'
  /** All that was measured, in the order in which it was; one where there is but one. */
  values: number[]
  /** How they are told in one number. */
  as: 'median' | 'percentiles' | 'maximum'
}

export interface TargetResult {
  /** `imprun / node:http, requests a second, at least 0.5`. */
  name: string
  wanted: number
  measured: number
  is: 'at least' | 'at most'
  unit: 'ratio' | 'ms' | 'MB' | 's' | 'count'
  isMet: boolean
}
