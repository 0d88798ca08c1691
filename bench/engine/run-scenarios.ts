import type { Peer } from '../peers/peer.ts'
import { NotComparable } from '../report.ts'
import type { BenchResult, ScenarioResult } from '../result.ts'
import type { Bench, Scenario } from '../scenario.ts'
import { createBench, type Settings } from './bench.ts'
import type { LoadGenerator } from './load.ts'
import { createStarted, type Started } from './started.ts'

export interface Outcome extends Pick<BenchResult, 'missing' | 'failed'> {
  /** Of which nothing was wrong. */
  results: ScenarioResult[]
}

export interface Surroundings {
  generator: LoadGenerator
  /** All that is running, at any time: closed by whoever is told to end. */
  started: Started
  say: (text: string) => void
  onResult: (result: ScenarioResult) => void
}

/** One after the other. One that fails leaves the others as they are. */
export async function runScenarios (scenarios: readonly Scenario[], settings: Settings, surroundings: Surroundings): Promise<Outcome> {
  const outcome: Outcome = { results: [], missing: [], failed: [] }
  for (const [, ofGroup] of Map.groupBy(scenarios, ({ group }) => group)) {
    const group = createStarted()
    surroundings.started.add(group.close)
    const shared = sharing(group)
    try {
      for (const scenario of ofGroup) await runOne(scenario, settings, shared, surroundings, outcome)
    } finally {
      await group.close()
    }
  }
  return outcome
}

async function runOne (scenario: Scenario, settings: Settings, shared: Bench['shared'], { generator, started, say, onResult }: Surroundings, outcome: Outcome): Promise<void> {
  const { id, group, title, about } = scenario
  const own = createStarted()
  started.add(own.close)
  const peers: Peer[] = []
  say(`\n${id}: ${title}`)
  const bench = createBench(settings, {
    scenario: id,
    generator,
    started: own,
    shared,
    say,
    onMissing: (peer, reason) => outcome.missing.push({ scenario: id, peer, reason }),
    onStarted: peer => peers.push(peer)
  })
  try {
    const result: ScenarioResult = { id, group, title, about, throughput: [], latency: [], figures: [], targets: [], ...await scenario.run(bench) }
    outcome.results.push(result)
    onResult(result)
  } catch (error) {
    const reason = error instanceof NotComparable ? error.message : String(error)
    outcome.failed.push({ scenario: id, reason })
    // Where it is no wrong answer it is a fault of the benchmark's or of a peer's.
    say(`No comparison of ${id}: ${reason}${error instanceof Error && !(error instanceof NotComparable) ? `\n${error.stack}` : ''}`)
    for (const { name, output } of peers) if (output !== undefined) say(`${name} has written:\n${output().slice(-maxOutput)}`)
  } finally {
    await own.close()
  }
}

/** Characters of what a peer has written, the last ones. */
const maxOutput = 4_000

/** What the first one makes, the others of its group get. What could not be made, is made anew. */
export function sharing (started: Started): Bench['shared'] {
  const made = new Map<string, unknown>()
  return async <Made>(name: string, make: (started: Started) => Promise<Made>): Promise<Made> => {
    if (!made.has(name)) made.set(name, await make(started))
    return made.get(name) as Made
  }
}
