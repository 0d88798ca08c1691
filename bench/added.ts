import { amount } from './figures.ts'
import { addedLatency, latencyTarget } from './report.ts'
import type { Figure, LatencyOfPeer, TargetResult } from './result.ts'

/** What is far from the most that any peer answers, so that a request waits for itself and not for others. */
export const perSecond = 2_000
const p50Ms = 0.4
const p99Ms = 2

/** What `subject` takes longer than `other`, of each pair of rounds; none where one of them could not be had. */
export function addedFigures (measured: readonly LatencyOfPeer[], subject: string, other: string): Figure[] {
  const [ours, theirs] = [subject, other].map(name => measured.find(peer => peer.name === name))
  if (ours === undefined || theirs === undefined) return []
  return (['p50Ms', 'p90Ms', 'p99Ms'] as const).map(of => amount(`${subject} adds to ${other}, ${of.slice(0, -2)}`, 'ms', addedLatency(ours.rounds, theirs.rounds, of)))
}

export function addedTargets (measured: readonly LatencyOfPeer[], subject: string, other: string): TargetResult[] {
  return [...latencyTarget(measured, subject, other, 'p50Ms', p50Ms), ...latencyTarget(measured, subject, other, 'p99Ms', p99Ms)]
}
