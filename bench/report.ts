import type { LatencyOfPeer, LatencyRound, Round, TargetResult, ThroughputOfPeer } from './result.ts'

/** What the measurements say: pure, so that it can be tested without measuring. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** One peer in one round. */
export interface Sample {
  requestsPerSecond: number
  /** Milliseconds; `null` where the load generator does not say. */
  p50Ms: number | null
  p99Ms: number | null
  /** Microseconds of processor time for each request, by the kind of process; `null` where the system does not say. */
  cpuMicros: Record<string, number> | null
  /** Answers outside of 2xx, and requests without an answer. */
  failures: number
}

/** Something was wrong with the answers, so the numbers compare nothing. */
export class NotComparable extends Error {
  override readonly name = 'NotComparable'
}

/** @throws {RangeError} for no values */
export function spread (values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1]
  const high = sorted[Math.floor(middle)]
  if (low === undefined || high === undefined) throw new RangeError('There is no median of nothing')
  return { median: (low + high) / 2, min: sorted[0]!, max: sorted.at(-1)! }
}

/** The smallest value that at least `percent` of the values do not exceed (nearest rank). @throws {RangeError} for no values */
export function percentile (values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)]
  if (value === undefined) throw new RangeError('There is no percentile of nothing')
  return value
}

export interface Percentiles {
  p50: number
  p99: number
  max: number
}

export function percentiles (values: readonly number[]): Percentiles {
  return { p50: percentile(values, 50), p99: percentile(values, 99), max: percentile(values, 100) }
}

/** Of a constant rate. @param latencies in milliseconds, one for each request */
export function latencyRound (latencies: Iterable<number>): LatencyRound {
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (percent: number): number => percentile(sorted, percent)
  return { count: sorted.length, p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), p999Ms: at(99.9), maxMs: at(100) }
}

/** The times of `subject` to those of `other`, round by round: two of one round have met the same machine. @throws {NotComparable} where one has more rounds */
export function pairedRatios (subject: readonly Round[], other: readonly Round[]): number[] {
  return paired(subject, other, (ours, theirs) => ours.requestsPerSecond / theirs.requestsPerSecond)
}

/** What `subject` takes longer than `other`, in milliseconds, round by round. @throws {NotComparable} where one has more rounds */
export function addedLatency (subject: readonly LatencyRound[], other: readonly LatencyRound[], of: 'p50Ms' | 'p90Ms' | 'p99Ms' | 'p999Ms'): number[] {
  return paired(subject, other, (ours, theirs) => ours[of] - theirs[of])
}

function paired<Each> (subject: readonly Each[], other: readonly Each[], compare: (ours: Each, theirs: Each) => number): number[] {
  if (subject.length !== other.length || subject.length === 0) throw new NotComparable(`there are ${subject.length} rounds to compare with ${other.length}`)
  return subject.map((round, index) => compare(round, other[index]!))
}

/** Whether it is met, by the median of the paired rounds; none where `other` could not be had. @throws {NotComparable} where `subject` was not measured */
export function throughputTarget (measured: readonly ThroughputOfPeer[], subject: string, other: string, atLeast: number): TargetResult[] {
  return targetOf(measured, subject, other, ({ rounds }, without) =>
    target(`${subject} / ${other}, requests a second`, spread(pairedRatios(rounds, without.rounds)).median, 'at least', atLeast, 'ratio'))
}

/** Likewise, of what is added at a constant rate. */
export function latencyTarget (measured: readonly LatencyOfPeer[], subject: string, other: string, of: 'p50Ms' | 'p99Ms', atMostMs: number): TargetResult[] {
  return targetOf(measured, subject, other, ({ rounds, perSecond }, without) =>
    target(`${of.slice(0, -2)} that ${subject} adds to ${other}, ${perSecond} requests a second`, spread(addedLatency(rounds, without.rounds, of)).median, 'at most', atMostMs, 'ms'))
}

function targetOf<Each extends { name: string }> (measured: readonly Each[], subject: string, other: string, make: (subject: Each, other: Each) => TargetResult): TargetResult[] {
  const ours = measured.find(({ name }) => name === subject)
  if (ours === undefined) throw new NotComparable(`${subject} was not measured`)
  const theirs = measured.find(({ name }) => name === other)
  return theirs === undefined ? [] : [make(ours, theirs)]
}

export function target (name: string, measured: number, is: TargetResult['is'], wanted: number, unit: TargetResult['unit']): TargetResult {
  return { name, measured, is, wanted, unit, isMet: is === 'at least' ? measured >= wanted : measured <= wanted }
}
