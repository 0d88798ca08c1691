import { NotComparable } from '../report.ts'
import type { Figure, Round, ThroughputOfPeer } from '../result.ts'

/** Processor time of one request in all processes of a peer, microseconds; `null`: the system does not say. */
export function microsOf ({ cpuMicros }: Round): number | null {
  return cpuMicros === null ? null : Object.values(cpuMicros).reduce((sum, micros) => sum + micros, 0)
}

/** What a request takes more of the processor than without, round by round; none where the system does not say. @throws {NotComparable} where one has more rounds */
export function addedMicros (own: readonly Round[], without: readonly Round[]): number[] {
  return paired(own, without, (ours, theirs) => ours - theirs)
}

/** How many times the processor time of `other` it takes. */
export function timesMicros (own: readonly Round[], other: readonly Round[]): number[] {
  return paired(own, other, (ours, theirs) => ours / theirs)
}

function paired (own: readonly Round[], other: readonly Round[], compare: (ours: number, theirs: number) => number): number[] {
  if (own.length !== other.length) throw new NotComparable(`there are ${own.length} rounds to compare with ${other.length}`)
  return own.flatMap((round, index) => {
    const ours = microsOf(round)
    const theirs = microsOf(other[index]!)
    return ours === null || theirs === null ? [] : [compare(ours, theirs)]
  })
}

/** What a request of `subject` costs the processor, against each of the others. */
export function timesFigures (measured: readonly ThroughputOfPeer[], subject: string): Figure[] {
  const ours = measured.find(({ name }) => name === subject)
  if (ours === undefined) throw new NotComparable(`${subject} was not measured`)
  return measured.filter(peer => peer !== ours).flatMap(({ name, rounds }) => {
    const values = timesMicros(ours.rounds, rounds)
    return values.length === 0 ? [] : [{ name: `${subject} / ${name}, processor time of a request`, unit: 'ratio', values, as: 'median' } satisfies Figure]
  })
}

/** Bytes of bodies that each peer has passed on. */
export function bandwidthFigures (measured: readonly ThroughputOfPeer[], bodyBytes: number): Figure[] {
  return measured.map(({ name, rounds }) => ({ name: `${name}, bodies`, unit: 'MB/s', values: rounds.map(({ requestsPerSecond }) => requestsPerSecond * bodyBytes / 1e6), as: 'median' }))
}
