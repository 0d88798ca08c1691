import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { amount } from '../../figures.ts'
import type { Figure } from '../../result.ts'
import type { Scenario } from '../../scenario.ts'
import { measureStore } from '../../store/measure.ts'
import { openPlaces } from '../../store/places.ts'

const sizes = [1_000, 20_000]
/** A page of the list begins in the middle and has a hundred. */
const fewest = 300
/** The other one brings a server of its own, which needs Debian and root. */
const stores = ['sqlite']

/** The store's operations by themselves, without an API before them. */
export const store: Scenario = {
  id: 'capacity/store',
  group: 'capacity',
  title: 'The cost of the store\'s operations',
  about: 'A store is filled with gateways of three environments, with a client in each. Then each operation is called again and again, in turn at each size, and its answer checked. What is wanted is that none costs more than an index is deeper.',
  mode: 'full',
  run: async ({ options, started, say }) => {
    const gateways = options.gateways ?? sizes
    if (gateways.some(size => size < fewest)) throw new TypeError(`--gateways are at least ${fewest}`)
    const folder = await mkdtemp(path.join(tmpdir(), 'imprun-bench-store-'))
    started.add(async () => await rm(folder, { recursive: true }))
    const figures: Figure[] = []
    for await (const place of openPlaces(options.stores ?? stores, folder)) figures.push(...await measureStore(place, gateways, say))
    if (gateways.length > 1) figures.push(amount('logarithm of the largest size / of the smallest', 'ratio', [Math.log(gateways.at(-1)!) / Math.log(gateways[0]!)]))
    return { figures }
  }
}
