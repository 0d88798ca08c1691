import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseOrder, type RunOrder } from './arguments.ts'
import { connections, findLoadGenerator } from './engine/load.ts'
import { commit, machine } from './engine/machine.ts'
import { pacerName } from './engine/pace.ts'
import { runScenarios } from './engine/run-scenarios.ts'
import { createStarted } from './engine/started.ts'
import { scenarioText, summaryText } from './engine/text.ts'
import type { BenchResult, ScenarioResult } from './result.ts'
import { scenarios } from './scenarios/all.ts'

/** Of the last whole run. */
const latest = path.join(import.meta.dirname, 'results', 'latest.json')

const say = (text: string): void => { process.stdout.write(`${text}\n`) }

const order = ordered(process.argv.slice(2))
if (order !== null) await measure(order)

/** `null`: it cannot be done, which was said. */
function ordered (args: string[]): RunOrder | null {
  try {
    return parseOrder(args, scenarios)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}.\n`)
    process.exitCode = 2
    return null
  }
}

async function measure (order: RunOrder): Promise<void> {
  const started = createStarted()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void started.close().finally(() => process.exit(1)))
  const began = performance.now()
  const measured = await commit()
  const generator = await findLoadGenerator(say)
  const { cpu, cores, memoryGiB, system, node } = machine()
  say(`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}; ${generator.name}, ${connections} connections; ${order.rounds} rounds of ${order.secondsOfRound} s in turn`)
  const { results, missing, failed } = await runScenarios(order.scenarios, order, { generator, started, say, onResult: result => say(scenarioText(result)) })
  const result: BenchResult = {
    at: new Date().toISOString(),
    commit: measured,
    mode: order.mode,
    machine: machine(),
    generators: generatorsOf(results),
    seconds: (performance.now() - began) / 1_000,
    scenarios: results,
    missing,
    failed
  }
  say(summaryText(result))
  // Some scenarios are no run that the README could quote.
  const file = order.json ?? (order.isWhole ? latest : null)
  if (file !== null) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
  }
  for (const { scenario, reason } of failed) process.stderr.write(`No comparison of ${scenario}: ${reason}.\n`)
  if (failed.length > 0) process.exitCode = 1
}

/** Those that were used. */
function generatorsOf (results: readonly ScenarioResult[]): string[] {
  const names = results.flatMap(({ throughput, latency }) => [...throughput.map(({ generator }) => generator), ...latency.map(() => pacerName)])
  return [...new Set(names)]
}
