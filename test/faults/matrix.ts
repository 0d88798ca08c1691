/**
 * The fault matrix: `npm run faults [-- --only <words> --rate <requests per second> --json]`. Each fault happens to real processes that serve
 * requests at a constant rate. Fails where a request failed that no killed process had in hand, or something did not recover.
 */
import { parseArgs } from 'node:util'
import type { Fault } from './fault.ts'
import type { LoadReport } from './load.ts'
import { othersFaults } from './others.ts'
import { planeFaults } from './planes.ts'
import { processFaults } from './processes.ts'
import { replicaFaults } from './replicas.ts'
import { setStage } from './stage.ts'
import { formatHeading, formatRow } from './table.ts'

export interface Outcome extends LoadReport {
  fault: string
  /** From the end of the cause until all was as before, in ms. */
  recoveredMs: number | null
  /** What was not as it has to be. */
  surprise: string | null
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, rate: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } } })
const requestsPerSecond = Number(values.rate)
const faults = [...planeFaults, ...processFaults, ...replicaFaults, ...othersFaults].filter(({ name }) => name.includes(values.only))
const print = (line: string): void => { process.stdout.write(`${line}\n`) }

if (!values.json) print(formatHeading())
let surprises = 0
for (const fault of faults) {
  const missing = await fault.missing?.() ?? null
  if (missing !== null) {
    print(`${fault.name}: left out, ${missing}`)
    continue
  }
  const outcome = await tryOut(fault)
  if (outcome.surprise !== null) surprises++
  print(values.json ? JSON.stringify(outcome) : formatRow(outcome))
}
print(`${faults.length} faults, ${surprises} surprises`)
process.exitCode = surprises === 0 && faults.length > 0 ? 0 : 1

async function tryOut (fault: Fault): Promise<Outcome> {
  const teardowns: Array<() => unknown> = []
  const teardown = (close: () => unknown): void => { teardowns.unshift(close) }
  try {
    const stage = await setStage({ ...await fault.prepare?.(teardown), requestsPerSecond }, teardown)
    await stage.load.progress(requestsPerSecond)
    let cause = performance.now()
    let recoveredMs: number | null = null
    let surprise: string | null = null
    try {
      await fault.happen(stage, () => { cause = performance.now() })
      recoveredMs = performance.now() - cause
    } catch (error) {
      surprise = String(error)
    }
    await stage.load.progress(requestsPerSecond)
    const report = await stage.load.stop()
    surprise ??= report.failures.length === 0 ? null : summarize(report.failures)
    return { fault: fault.name, ...report, recoveredMs, surprise }
  } finally {
    for (const close of teardowns) await close()
  }
}

function summarize (failures: string[]): string {
  const [first] = failures
  return `${failures.length} requests failed, the first one with: ${first!.slice(0, 300)}`
}
