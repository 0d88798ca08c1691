import { addedLatency, pairedRatios, percentiles, spread, type Spread } from '../report.ts'
import type { BenchResult, Figure, LatencyOfPeer, Round, ScenarioResult, TargetResult, ThroughputOfPeer } from '../result.ts'

/** Whom the others are held against, where it is among them. */
const subject = 'imprun'
/** What is added, is added to this one. */
const bare = 'node:http'

/** One scenario as a person reads it on a terminal. */
export function scenarioText ({ id, throughput, latency, figures, targets }: ScenarioResult): string {
  const parts = [throughputText(throughput), latencyText(latency), figures.map(figureText).join('\n'), targets.map(targetText).join('\n')]
  return `\n${id}\n${parts.filter(part => part !== '').join('\n\n')}`
}

/** What a run ends with: every target in one place, and what is missing. */
export function summaryText ({ scenarios, missing, seconds }: Pick<BenchResult, 'scenarios' | 'missing' | 'seconds'>): string {
  const targets = scenarios.flatMap(({ id, targets }) => targets.map(target => `${id}: ${targetText(target)}`))
  const without = missing.map(({ scenario, peer, reason }) => `${scenario}: without ${peer}, ${reason}`)
  return ['', ...targets, ...without, `${scenarios.length} scenarios in ${Math.round(seconds)} s`].join('\n')
}

function throughputText (peers: readonly ThroughputOfPeer[]): string {
  if (peers.length === 0) return ''
  const ours = peers.find(({ name }) => name === subject)
  const rows = peers.map(({ name, version, rounds }) => {
    const rates = spread(rounds.map(({ requestsPerSecond }) => requestsPerSecond))
    const ratio = ours === undefined || name === subject ? null : spread(pairedRatios(ours.rounds, rounds))
    return [
      name, version, whole(rates.median), `${whole(rates.min)} to ${whole(rates.max)}`, medianOf(rounds, 'p50Ms'), medianOf(rounds, 'p99Ms'), cpuText(rounds),
      ratio === null ? '' : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`
    ]
  })
  return table([['', 'version', 'req/s (median)', 'min to max', 'p50 ms', 'p99 ms', 'CPU µs/req', ours === undefined ? '' : `${subject} × this`], ...rows])
}

function latencyText (peers: readonly LatencyOfPeer[]): string {
  if (peers.length === 0) return ''
  const rows = peers.map(({ name, version, perSecond, rounds }) => {
    const base = name === bare ? undefined : peers.find(peer => peer.name === bare && peer.perSecond === perSecond)
    return [
      name, version, whole(perSecond),
      ...(['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const).map(of => spread(rounds.map(round => round[of])).median.toFixed(2)),
      ...(['p50Ms', 'p99Ms'] as const).map(of => base === undefined ? '' : withRange(spread(addedLatency(rounds, base.rounds, of))))
    ]
  })
  const added = peers.some(({ name }) => name === bare) ? [`p50 over ${bare}`, `p99 over ${bare}`] : ['', '']
  return table([['', 'version', 'req/s', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'max ms', ...added], ...rows])
}

export function figureText ({ name, unit, values, as }: Figure): string {
  const said = (value: number): string => `${digits(value)} ${unit}`
  switch (as) {
    case 'maximum': return `${name}: ${said(Math.max(...values))}${values.length > 1 ? ` at most, of ${values.length}` : ''}`
    case 'percentiles': {
      const { p50, p99, max } = percentiles(values)
      return `${name}: p50 ${said(p50)}, p99 ${said(p99)}, max ${said(max)} (${values.length})`
    }
    case 'median': {
      const { median, min, max } = spread(values)
      return `${name}: ${said(median)}${values.length > 1 ? ` (${digits(min)} to ${digits(max)})` : ''}`
    }
  }
}

function targetText ({ name, wanted, measured, is, unit, isMet }: TargetResult): string {
  const of = unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`
  return `${name}: ${digits(measured)}${of} (target: ${is} ${wanted}${of}, ${isMet ? 'met' : 'MISSED'})`
}

function cpuText (rounds: readonly Round[]): string {
  const known = rounds.flatMap(({ cpuMicros }) => cpuMicros === null ? [] : [cpuMicros])
  if (known.length === 0) return '-'
  const total = spread(known.map(kinds => Object.values(kinds).reduce((sum, micros) => sum + micros, 0))).median
  const kinds = [...new Set(known.flatMap(kinds => Object.keys(kinds)))]
  const each = kinds.length < 2 ? '' : ` (${kinds.map(kind => `${kind} ${spread(known.map(kinds => kinds[kind] ?? 0)).median.toFixed(1)}`).join(', ')})`
  return `${total.toFixed(1)}${each}`
}

function medianOf (rounds: readonly Round[], of: 'p50Ms' | 'p99Ms'): string {
  const known = rounds.map(round => round[of]).filter(value => value !== null)
  return known.length === 0 ? '-' : spread(known).median.toFixed(2)
}

function withRange ({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
}

/** Columns as wide as their widest cell; the first two to the left, numbers to the right. */
export function table (rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row => row.map((cell, column) =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join('   ').trimEnd()).join('\n')
}

function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Three that say something; a large number as a whole. */
function digits (value: number): string {
  return Math.abs(value) >= 100 ? whole(value) : String(Number(value.toPrecision(3)))
}
