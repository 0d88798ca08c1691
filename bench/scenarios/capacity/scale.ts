import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { version } from '../../peers/imprun.ts'
import { scaleMeasured } from '../../scale/figures.ts'
import { measureScale, type ScaleResult } from '../../scale/measure.ts'
import type { Scenario } from '../../scenario.ts'

const sizes = [1_000, 20_000]
/** Of fewer, too few environments would be cold for as long as cold ones are asked. */
const fewest = 500
const writes = 120

/** What a data plane costs should not depend on how much there is that it could serve. */
export const scale: Scenario = {
  id: 'capacity/scale',
  group: 'capacity',
  title: 'Many gateways and clients',
  about: 'A store is filled as a copy is: gateways with three environments, a function and ten clients each. A data plane follows a control plane from nothing; clients are added and disabled, variables set, functions deployed. ' +
    'Then the data plane is started alone from its replica, five times, and asked by clients that were not there before (cold) and by a hundred in turn (hot), at a constant rate and as fast as it answers. Each answer names who has asked, and is checked.',
  mode: 'full',
  run: async ({ options, started, say }) => {
    const gateways = options.gateways ?? sizes
    if (gateways.some(size => size < fewest)) throw new TypeError(`--gateways are at least ${fewest}`)
    const folder = options.folder ?? await mkdtemp(path.join(tmpdir(), 'imprun-bench-scale-'))
    if (options.folder === null) started.add(async () => await rm(folder, { recursive: true }))
    const results: ScaleResult[] = []
    // One size after the other: they would take the machine's memory from each other.
    for (const size of gateways) results.push(await measureScale(path.join(folder, String(size)), size, writes, say))
    return scaleMeasured(results, await version())
  }
}
