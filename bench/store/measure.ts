import type { Store } from '../../control-plane/store/store.ts'
import { inTurn } from '../engine/turns.ts'
import { amount, times } from '../figures.ts'
import { percentile } from '../report.ts'
import type { Figure } from '../result.ts'
import { fill } from './fill.ts'
import { operations, type Operation } from './operations.ts'
import type { Place, PlaceMaker } from './places.ts'

/** Of an operation where its share is one. */
const samples = 200
const fewestSamples = 20

/** Each operation at all sizes, in turn, so that whatever else the machine does meets all of them. */
export async function measureStore ({ name, open }: PlaceMaker, sizes: readonly number[], say: (text: string) => void): Promise<Figure[]> {
  const places: Place[] = []
  const stores: Store[] = []
  try {
    for (const size of sizes) {
      const place = await open(size)
      places.push(place)
      const begunAt = performance.now()
      await fillPlace(place, size)
      say(`${name}: ${size} gateways filled in, ${((performance.now() - begunAt) / 1_000).toFixed(1)} s`)
      stores.push(await place.openStore())
    }
    const figures: Figure[] = []
    for (const operation of operations) figures.push(...tell(name, operation, await measure(operation, sizes, stores)))
    return figures
  } finally {
    for (const store of stores) await store.close()
    for (const place of places) await place.close()
  }
}

async function fillPlace (place: Place, size: number): Promise<void> {
  const archive = await place.openArchive()
  try {
    await fill(archive, size)
  } finally {
    await archive.close()
  }
}

/** @returns milliseconds, by size */
async function measure ({ share, run }: Operation, sizes: readonly number[], stores: readonly Store[]): Promise<Map<number, number[]>> {
  const filled = sizes.map((size, index) => ({ size, store: stores[index]! }))
  const taken = await inTurn(filled, Math.max(fewestSamples, samples * share), async ({ size, store }) => {
    const begunAt = performance.now()
    await run(store, size)
    return performance.now() - begunAt
  })
  return new Map(taken.map(([{ size }, times]) => [size, times]))
}

/** What an operation takes at each size, and at the last against the first: an index that is deeper costs the ratio of the logarithms. */
function tell (store: string, { name }: Operation, taken: ReadonlyMap<number, number[]>): Figure[] {
  const medians = [...taken.values()].map(values => percentile(values, 50))
  return [
    ...[...taken].map(([size, values]) => times(`${store}, ${name}, ${size.toLocaleString('en-US')} gateways`, values)),
    ...(taken.size > 1 ? [amount(`${store}, ${name}: largest size / smallest`, 'ratio', [medians.at(-1)! / medians[0]!])] : [])
  ]
}
