import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from '../engine/machine.ts'
import { run, say } from '../running.ts'
import { formatScale } from './format.ts'
import { measureScale, type ScaleResult } from './measure.ts'

const { values } = parseArgs({
  options: {
    gateways: { type: 'string', default: '1000,100000' },
    writes: { type: 'string', default: '120' },
    folder: { type: 'string' },
    json: { type: 'string' }
  }
})
const sizes = values.gateways.split(',').map(Number)
const writes = Number(values.writes)
if (!sizes.every(size => Number.isSafeInteger(size) && size >= 500)) throw new TypeError('--gateways are whole numbers from 500, separated by commas')
if (!Number.isSafeInteger(writes) || writes < 3) throw new TypeError('--writes is a whole number from 3')

const kept = values.folder
const folder = kept ?? await mkdtemp(path.join(tmpdir(), 'imprun-bench-scale-'))
await run(async started => {
  if (kept === undefined) started.add(async () => await rm(folder, { recursive: true }))
  await main()
})

/** One size after the other: they would take the machine's memory from each other. */
async function main (): Promise<void> {
  const measuredOn = { ...machine(), memoryBytes: totalmem() }
  say(`${measuredOn.cpu}, ${measuredOn.cores} cores, ${Math.round(measuredOn.memoryBytes / 2 ** 30)} GiB, Node ${measuredOn.node}`)
  const results: ScaleResult[] = []
  for (const size of sizes) results.push(await measureScale(path.join(folder, String(size)), size, writes, say))
  say(`\n${formatScale(results)}`)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine: measuredOn, writes, results }, null, 2)}\n`)
}
