import type { Comparison, PeerResult, Spread } from './report.ts'
import type { PropagationResult } from './scenarios/propagation.ts'

/** The report as a person reads it. */
export function formatComparison ({ subject, peers, ratios }: Comparison): string {
  const rows = peers.map(peer => [
    peer.name,
    peer.version,
    whole(peer.requestsPerSecond.median),
    `${whole(peer.requestsPerSecond.min)} to ${whole(peer.requestsPerSecond.max)}`,
    ms(peer.p50Ms),
    ms(peer.p99Ms),
    cpu(peer)
  ])
  const lines = ratios.map(({ peer, ratio, atLeast, met }) =>
    `${subject} / ${peer}: ${ratio.toFixed(2)} (target: at least ${atLeast.toFixed(2)}, ${met ? 'met' : 'MISSED'})`)
  return [
    table([['', 'version', 'req/s (median)', 'min to max', 'p50 ms', 'p99 ms', 'CPU µs/req'], ...rows]),
    '',
    ...lines
  ].join('\n')
}

export function formatPropagation ({ writes, visibleMs, writeMs, firstAnswer }: PropagationResult): string {
  return [
    `From an answered admin write to the first traffic answer that shows it, ${writes} writes:`,
    `  p50 ${visibleMs.p50.toFixed(2)} ms, p99 ${visibleMs.p99.toFixed(2)} ms, max ${visibleMs.max.toFixed(2)} ms; ` +
    `${firstAnswer} of ${writes} showed it in the very first answer`,
    `  the write itself: p50 ${writeMs.p50.toFixed(2)} ms, p99 ${writeMs.p99.toFixed(2)} ms`
  ].join('\n')
}

/** Columns as wide as their widest cell; the first two to the left, numbers to the right. */
function table (rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row => row.map((cell, column) =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join('   ').trimEnd()).join('\n')
}

function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function cpu ({ cpuMicros, cpuMicrosOf }: PeerResult): string {
  if (cpuMicros === null) return '-'
  const kinds = Object.entries(cpuMicrosOf).filter(([kind]) => kind !== 'other').map(([kind, micros]) => `${kind} ${micros.toFixed(1)}`)
  return `${cpuMicros.median.toFixed(1)}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`
}

function ms (value: PeerResult['p50Ms'] | Spread): string {
  return value === null ? '-' : value.median.toFixed(2)
}
