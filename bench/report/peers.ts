import { pairedRatios, spread, type Spread } from '../report.ts'
import type { LatencyOfPeer, LatencyRound, PeerIdentity, Round, ThroughputOfPeer } from '../result.ts'

/** This project, whatever it was measured with: `imprun`, `imprun, 10,000 clients`. */
export function isOurs ({ name }: Pick<PeerIdentity, 'name'>): boolean {
  return /^imprun\b/.test(name)
}

/** Which of them are ours: all, where nobody is named so, as where one platform is held against itself with other settings. */
export function oursAmong<Peer extends PeerIdentity> (peers: readonly Peer[]): (peer: Peer) => boolean {
  return peers.some(isOurs) ? isOurs : () => true
}

/** The one that the others are held against; `null`: none of ours is there, or several are, of which none stands for all. */
export function subjectOf<Peer extends PeerIdentity> (peers: readonly Peer[]): Peer | null {
  const ours = peers.filter(isOurs)
  return ours.length === 1 ? ours[0]! : null
}

export function rateOf ({ rounds }: ThroughputOfPeer): Spread {
  return spread(rounds.map(round => round.requestsPerSecond))
}

/** Requests a second of one over those of the other: the median of the paired rounds, as targets have it; the ratio of medians where there are no pairs. */
export function ratio (peer: ThroughputOfPeer, other: ThroughputOfPeer): number {
  if (peer.rounds.length !== other.rounds.length) return rateOf(peer).median / rateOf(other).median
  return spread(pairedRatios(peer.rounds, other.rounds)).median
}

/** The median of what the generator has said; `null`: it did not in every round. */
export function medianOf (peer: ThroughputOfPeer, name: 'p50Ms' | 'p99Ms'): number | null {
  const known = peer.rounds.map(round => round[name]).filter(value => value !== null)
  return known.length < peer.rounds.length || known.length === 0 ? null : spread(known).median
}

/** Processor time of one request by the kind of process, in microseconds, the medians of all rounds; `null`: not known. */
export function cpuOf ({ rounds }: ThroughputOfPeer): Record<string, number> | null {
  const known = rounds.map(round => round.cpuMicros).filter(value => value !== null)
  if (known.length < rounds.length || known.length === 0) return null
  const kinds = new Set(known.flatMap(value => Object.keys(value)))
  return Object.fromEntries([...kinds].map(kind => [kind, spread(known.map(value => value[kind] ?? 0)).median]))
}

/** Of all kinds together, in each round; `null`: not known. */
export function totalCpu ({ cpuMicros }: Pick<Round, 'cpuMicros'>): number | null {
  return cpuMicros === null ? null : Object.values(cpuMicros).reduce((total, micros) => total + micros, 0)
}

export const quantiles = ['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const satisfies ReadonlyArray<keyof LatencyRound>

export const quantileNames: Record<typeof quantiles[number], string> = { p50Ms: 'p50', p90Ms: 'p90', p99Ms: 'p99', p999Ms: 'p99.9', maxMs: 'max' }

/** The median of what the rounds have each said. */
export function latencyOf ({ rounds }: LatencyOfPeer, quantile: typeof quantiles[number]): number {
  return spread(rounds.map(round => round[quantile])).median
}
