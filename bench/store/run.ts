import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Store } from '../../control-plane/store/store.ts'
import { table } from '../engine/text.ts'
import { percentiles, type Percentiles } from '../report.ts'
import { machine } from '../engine/machine.ts'
import { run, say } from '../running.ts'
import { fill } from './fill.ts'
import { operations, type Operation } from './operations.ts'
import { openPlaces, type Place } from './places.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000' },
    samples: { type: 'string', default: '200' },
    stores: { type: 'string', default: 'sqlite,mongodb' }
  }
})
const sizes = values.sizes.split(',').map(Number)
const samples = Number(values.samples)
if (![...sizes, samples].every(number => Number.isSafeInteger(number) && number > 200 - 1)) throw new TypeError('sizes and samples are whole numbers of at least 200')

/** Two stores of a size differ by what an index is deeper, and by what does not fit into a cache any more. */
const growth = Math.log(sizes.at(-1)!) / Math.log(sizes[0]!)

const folder = await mkdtemp(path.join(tmpdir(), 'imprun-bench-store-'))
await run(async started => {
  started.add(async () => await rm(folder, { recursive: true }))
  await main()
})

async function main (): Promise<void> {
  const { cpu, cores, node } = machine()
  say(`${cpu}, ${cores} cores, Node ${node}; ${samples} samples of each, sizes in turn\n`)
  for await (const { name, open } of openPlaces(values.stores.split(','), folder)) {
    const places: Place[] = []
    try {
      for (const size of sizes) {
        const place = await open(size)
        places.push(place)
        await time(`${name}: ${size} gateways filled in`, async () => await filled(place, size))
      }
      say(`\n${name}, ms: median (p99)\n${await measureAll(places)}\n`)
    } finally {
      for (const place of places) await place.close()
    }
  }
}

async function filled (place: Place, size: number): Promise<void> {
  const archive = await place.openArchive()
  try {
    await fill(archive, size)
  } finally {
    await archive.close()
  }
}

/** A row for each operation: what it takes at each size, and the last against the first. */
async function measureAll (places: Place[]): Promise<string> {
  const stores = await Promise.all(places.map(async place => await place.openStore()))
  try {
    const rows: string[][] = []
    for (const operation of operations) {
      const taken = await measure(operation, stores)
      const ratio = taken.at(-1)!.p50 / taken[0]!.p50
      rows.push([operation.name, ...taken.map(({ p50, p99 }) => `${p50.toFixed(2)} (${p99.toFixed(2)})`), `${ratio.toFixed(2)} (logarithm: ${growth.toFixed(2)})`])
    }
    return table([['', ...sizes.map(String), 'ratio'], ...rows])
  } finally {
    for (const store of stores) await store.close()
  }
}

/** The sizes in turn, so that whatever else the machine does meets both. */
async function measure ({ share, run: operate }: Operation, stores: Store[]): Promise<Percentiles[]> {
  const taken = stores.map((): number[] => [])
  for (let sample = 0; sample < Math.max(20, samples * share); sample++) {
    for (const [index, store] of stores.entries()) {
      const began = performance.now()
      await operate(store, sizes[index]!)
      taken[index]!.push(performance.now() - began)
    }
  }
  return taken.map(percentiles)
}

async function time (what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now()
  await work()
  say(`${what} ${((performance.now() - began) / 1000).toFixed(1)} s`)
}
