import { table } from '../engine/text.ts'
import type { Percentiles } from '../report.ts'
import type { ScaleResult } from './measure.ts'
import type { ProcessMemory } from './memory.ts'

/** A row of the table: what was measured, as a number, and how it is written. */
export interface Row {
  name: string
  of: (result: ScaleResult) => number
  unit: 'ms' | 's' | 'MB' | '/s'
  /** What it must stay below, at every size. */
  below?: number
}

export const rows: readonly Row[] = [
  { name: 'first sync by the feed', of: ({ firstSync }) => firstSync.ms / 1_000, unit: 's' },
  { name: 'the feed until then', of: ({ firstSync }) => firstSync.feedBytes / 1e6, unit: 'MB' },
  { name: 'replica', of: ({ firstSync }) => firstSync.replicaBytes / 1e6, unit: 'MB' },
  { name: 'control plane: start to listening', of: result => result.controlPlaneStartMs / 1_000, unit: 's' },
  { name: 'data plane alone: start to first right answer, median', of: ({ firstAnswerMs }) => median(firstAnswerMs) / 1_000, unit: 's', below: 2 },
  { name: 'the same, worst', of: ({ firstAnswerMs }) => Math.max(...firstAnswerMs) / 1_000, unit: 's', below: 2 },
  { name: 'processor time of it, median', of: ({ firstAnswerCpuMs }) => median(firstAnswerCpuMs) / 1_000, unit: 's' },
  ...memoryRows('at the start', result => result.memory.atStart),
  ...memoryRows('with full caches', result => result.memory.atEnd),
  ...paceRows('hot', 'edge'), ...paceRows('cold', 'edge'), ...paceRows('hot', 'function'), ...paceRows('cold', 'function'),
  ...percentileRows('write to its answer', ({ propagation }) => propagation.writeMs),
  ...percentileRows('its answer to all workers showing it', ({ propagation }) => propagation.visibleMs),
  ...['add client', 'disable client', 'deploy'].flatMap(kind => percentileRows(`${kind}, write to all workers showing it`, ({ propagation }) => propagation.totalMs[kind]!))
]

function memoryRows (when: string, of: (result: ScaleResult) => ProcessMemory[]): Row[] {
  const most = (role: ProcessMemory['role'], measure: 'pss' | 'rss') => (result: ScaleResult): number =>
    Math.max(...of(result).filter(process => process.role === role).map(process => process[measure])) / 1e6
  return [
    { name: `memory of a worker (PSS), ${when}`, of: most('worker', 'pss'), unit: 'MB', below: 250 },
    { name: `memory of a worker (RSS), ${when}`, of: most('worker', 'rss'), unit: 'MB', below: 250 },
    { name: `memory of the supervisor (PSS), ${when}`, of: most('supervisor', 'pss'), unit: 'MB' },
    { name: `memory of the keeper (PSS), ${when}`, of: most('keeper', 'pss'), unit: 'MB' }
  ]
}

function paceRows (heat: 'hot' | 'cold', question: 'edge' | 'function'): Row[] {
  const name = `${heat} keys, ${question === 'edge' ? 'all but the function' : 'with the function'}`
  return [
    ...percentileRows(`${name}: latency`, result => result[heat][question].latencyMs),
    { name: `${name}: flat out`, of: result => result[heat][question].perSecond, unit: '/s' }
  ]
}

function percentileRows (name: string, of: (result: ScaleResult) => Percentiles): Row[] {
  return (['p50', 'p99'] as const).map(percent => ({ name: `${name}, ${percent}`, of: result => of(result)[percent], unit: 'ms' }))
}

/** A column for each size, and the last against the first. */
export function formatScale (results: readonly ScaleResult[]): string {
  const [first, last] = [results[0]!, results.at(-1)!]
  const header = ['', '', ...results.map(({ gateways, clients }) => `${count(gateways)} gateways, ${count(clients)} clients`), 'ratio', '']
  const lines = rows.map(row => {
    const missed = row.below !== undefined && results.some(result => row.of(result) >= row.below!)
    const target = row.below === undefined ? '' : `below ${row.below} ${row.unit}: ${missed ? 'MISSED' : 'met'}`
    return [row.name, row.unit, ...results.map(result => number(row.of(result))), number(row.of(last) / row.of(first)), target]
  })
  return table([header, ...lines])
}

function number (value: number): string {
  return value >= 100 ? count(Math.round(value)) : value.toFixed(2)
}

function count (value: number): string {
  return value.toLocaleString('en-US')
}

function median (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
