import { addedMicros } from '../proxied/costs.ts'
import { NotComparable, spread } from '../report.ts'
import type { Figure, Round, ThroughputOfPeer } from '../result.ts'

/** What something costs: the processor time of a request to one peer, over that of the same request to the other. */
export interface Added {
  name: string
  own: string
  without: string
}

/** By what it adds, the most expensive first; none where the system does not say. @throws {NotComparable} where one of them was not measured */
export function addedFigures (measured: readonly ThroughputOfPeer[], added: readonly Added[]): Figure[] {
  const roundsOf = (name: string): readonly Round[] => {
    const peer = measured.find(peer => peer.name === name)
    if (peer === undefined) throw new NotComparable(`${name} was not measured`)
    return peer.rounds
  }
  const figures = added.flatMap(({ name, own, without }): Figure[] => {
    const values = addedMicros(roundsOf(own), roundsOf(without))
    return values.length === 0 ? [] : [{ name: `${name}, added to a request`, unit: 'µs', values, as: 'median' }]
  })
  return figures.toSorted((a, b) => spread(b.values).median - spread(a.values).median)
}
