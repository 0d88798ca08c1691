import type { RunOrder } from './arguments.ts'
import { connections, findLoadGenerator } from './engine/load.ts'
import { commit, machine } from './engine/machine.ts'
import { pacerName } from './engine/pace.ts'
import { runScenarios } from './engine/run-scenarios.ts'
import { closeAtSignals } from './engine/signals.ts'
import { scenarioText, summaryText } from './engine/text.ts'
import { keepResult, latest } from './report/write.ts'
import type { BenchResult, ScenarioResult } from './result.ts'

/** `npm run bench`: scenario after scenario, told as they end, and kept where it was a whole run or a file is named. */
export async function measure (order: RunOrder, say: (text: string) => void): Promise<void> {
  const started = closeAtSignals()
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
  if (file !== null) await keepResult(result, file)
  for (const { scenario, reason } of failed) process.stderr.write(`No comparison of ${scenario}: ${reason}.\n`)
  if (failed.length > 0) process.exitCode = 1
}

/** Those that were used. */
function generatorsOf (results: readonly ScenarioResult[]): string[] {
  const names = results.flatMap(({ throughput, latency }) => [...throughput.map(({ generator }) => generator), ...latency.map(() => pacerName)])
  return [...new Set(names)]
}
