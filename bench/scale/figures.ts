import { propagationFigures } from '../events/propagation.ts'
import { amount, headline } from '../figures.ts'
import { latencyRound, target } from '../report.ts'
import type { Figure, LatencyOfPeer, PeerIdentity, TargetResult } from '../result.ts'
import type { Measured } from '../scenario.ts'
import type { Pace, ScaleResult } from './measure.ts'
import type { ProcessMemory } from './memory.ts'

const startSeconds = 2
const workerMb = 250

/** Of each size; and of the largest against the smallest, where 1 is flat. */
export function scaleMeasured (results: readonly ScaleResult[], version: string): Required<Pick<Measured, 'latency' | 'figures' | 'targets'>> {
  const all = results.map(figuresOf)
  const named = results.flatMap((result, index) => all[index]!.map(figure => ({ ...figure, name: `${figure.name}, ${sizeOf(result)}` })))
  return { latency: results.flatMap(result => latencyOf(result, version)), figures: [...named, ...growth(all)], targets: results.flatMap(targetsOf) }
}

function growth (all: readonly Figure[][]): Figure[] {
  const [first, last] = [all[0]!, all.at(-1)!]
  if (all.length < 2) return []
  return first.map((figure, index) => amount(`${figure.name}: largest size / smallest`, 'ratio', [headline(last[index]!) / headline(figure)]))
}

function figuresOf (result: ScaleResult): Figure[] {
  const { firstSync, controlPlaneStartMs, firstAnswerMs, firstAnswerCpuMs, memory, writes } = result
  return [
    amount('first sync by the feed', 's', [firstSync.ms / 1_000]),
    amount('the feed until then', 'MB', [firstSync.feedBytes / 1e6]),
    amount('replica', 'MB', [firstSync.replicaBytes / 1e6]),
    amount('control plane, start to listening', 's', [controlPlaneStartMs / 1_000]),
    amount('data plane alone, start to first right answer', 's', firstAnswerMs.map(ms => ms / 1_000)),
    amount('processor time of it', 's', firstAnswerCpuMs.map(ms => ms / 1_000)),
    ...memoryFigures('at the start', memory.atStart),
    ...memoryFigures('with full caches', memory.atEnd),
    ...paces(result).map(([name, { flatOutPerSecond }]) => amount(`${name}, as many as are answered`, 'requests/s', [flatOutPerSecond])),
    ...propagationFigures(writes)
  ]
}

function memoryFigures (when: string, processes: readonly ProcessMemory[]): Figure[] {
  const figure = (name: string, role: ProcessMemory['role'], measure: 'pss' | 'rss'): Figure =>
    amount(`memory of ${name}, ${when}`, 'MB', processes.filter(process => process.role === role).map(process => process[measure] / 1e6), 'maximum')
  return [figure('a worker (PSS)', 'worker', 'pss'), figure('a worker (RSS)', 'worker', 'rss'), figure('the supervisor (PSS)', 'supervisor', 'pss'), figure('the keeper (PSS)', 'keeper', 'pss')]
}

function latencyOf (result: ScaleResult, version: string): LatencyOfPeer[] {
  const peer = (name: string): PeerIdentity => ({ name: `imprun, ${sizeOf(result)}, ${name}`, version })
  return paces(result).map(([name, { latenciesMs, ratePerSecond }]) => ({ ...peer(name), perSecond: ratePerSecond, rounds: [latencyRound(latenciesMs)] }))
}

function paces ({ hot, cold }: Pick<ScaleResult, 'hot' | 'cold'>): Array<[name: string, pace: Pace['edge']]> {
  return [['hot keys, all but the function', hot.edge], ['cold keys, all but the function', cold.edge], ['hot keys, with the function', hot.function], ['cold keys, with the function', cold.function]]
}

function targetsOf (result: ScaleResult): TargetResult[] {
  const workers = [...result.memory.atStart, ...result.memory.atEnd].filter(({ role }) => role === 'worker')
  return [
    target(`data plane alone, start to first right answer, the worst, ${sizeOf(result)}`, Math.max(...result.firstAnswerMs) / 1_000, 'at most', startSeconds, 's'),
    target(`memory of a worker (RSS), the most, ${sizeOf(result)}`, Math.max(...workers.map(({ rss }) => rss)) / 1e6, 'at most', workerMb, 'MB')
  ]
}

function sizeOf ({ gateways, clients }: Pick<ScaleResult, 'gateways' | 'clients'>): string {
  return `${gateways.toLocaleString('en-US')} gateways with ${clients.toLocaleString('en-US')} clients`
}
