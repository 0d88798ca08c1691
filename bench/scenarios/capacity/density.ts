import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { launchPlatform, type Platform } from '../../../test/support/launch.ts'
import { measureResident, measureTurns, source, untilServed } from '../../density/measure.ts'
import { amount } from '../../figures.ts'
import { target } from '../../report.ts'
import { fillStore } from '../../scale/fill.ts'
import type { Scenario } from '../../scenario.ts'

const residents = 1_000
/** Room for all of them in one sandbox. */
const residentMemoryMb = 4_096
const visitors = 5_000
/** What a sandbox has by default. */
const memoryMb = 512
/** The one that is used, and the one that stands by. */
const mostMb = Math.round(2 * memoryMb * 2 ** 20 / 1e6)
const eachMb = 4

/** The memory of many tenants. */
export const density: Scenario = {
  id: 'capacity/density',
  group: 'capacity',
  title: 'Many tenants in a sandbox',
  about: `The functions of ${residents} gateways are called once and once again, in a sandbox with room for them: how many answer from the isolate of their first call, and what each adds to the sandboxes' resident memory. ` +
    `Then those of ${visitors} gateways in turn, with the memory that a sandbox has by default: what the sandboxes held at most, the one that stands by included. No call may fail.`,
  mode: 'full',
  run: async ({ started }) => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-bench-density-'))
    let running: Platform | null = null
    started.add(async () => {
      await running?.close()
      await rm(dataDir, { recursive: true })
    })
    /** One after the other, each with one sandbox: memory is all that is looked at. */
    const withMemory = async (mb: number): Promise<Platform> => {
      await running?.close()
      running = await launchPlatform({ dataDir, env: { IMPRUN_LOG_LEVEL: 'warn', IMPRUN_SANDBOXES: '1', IMPRUN_SANDBOX_MEMORY_MB: String(mb) } })
      await untilServed(running, visitors - 1)
      return running
    }
    await fillStore(path.join(dataDir, 'store.sqlite'), visitors, source)
    const { resident, beforeBytes, withBytes } = await measureResident(await withMemory(residentMemoryMb), residents)
    const { peakBytes, edgeBeforeBytes, edgeAfterBytes } = await measureTurns(await withMemory(memoryMb), visitors)
    const [each, peak] = [(withBytes - beforeBytes) / residents / 1e6, peakBytes / 1e6]
    return {
      figures: [
        amount('gateways that were still resident at their second call', 'count', [resident]),
        amount('memory of each', 'MB', [each]),
        amount(`memory of the sandboxes while ${visitors} gateways are called in turn, the most`, 'MB', [peak]),
        amount('memory of the edge workers before', 'MB', [edgeBeforeBytes / 1e6]),
        amount('memory of the edge workers after', 'MB', [edgeAfterBytes / 1e6])
      ],
      targets: [
        target(`resident gateways of ${residents}`, resident, 'at least', residents, 'count'),
        target('memory of a resident gateway', each, 'at most', eachMb, 'MB'),
        target('memory of the sandboxes with the default settings', peak, 'at most', mostMb, 'MB')
      ]
    }
  }
}
