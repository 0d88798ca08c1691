import { table } from './engine/text.ts'
import type { Comparison, PeerResult, Spread } from './report.ts'

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
  const lines = ratios.map(({ peer, ratio, atLeast, met, of }) =>
    `${subject} / ${peer}${of === 'cpuMicros' ? ', per core' : ''}: ${ratio.toFixed(2)} (target: at least ${atLeast.toFixed(2)}, ${met ? 'met' : 'MISSED'})`)
  return [
    table([['', 'version', 'req/s (median)', 'min to max', 'p50 ms', 'p99 ms', 'CPU µs/req'], ...rows]),
    '',
    ...lines
  ].join('\n')
}

function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function cpu ({ cpuMicros, cpuMicrosOf }: PeerResult): string {
  if (cpuMicros === null) return '-'
  const kinds = Object.entries(cpuMicrosOf).filter(([kind]) => kind !== 'other' && kind !== 'server').map(([kind, micros]) => `${kind} ${micros.toFixed(1)}`)
  return `${cpuMicros.median.toFixed(1)}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`
}

function ms (value: PeerResult['p50Ms'] | Spread): string {
  return value === null ? '-' : value.median.toFixed(2)
}
