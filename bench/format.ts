import { table } from './engine/text.ts'
import type { Comparison, PeerResult, Percentiles, Spread } from './report.ts'
import type { ColdStartResult } from './scenarios/cold-start.ts'
import type { ResidentResult, TurnsResult } from './scenarios/density.ts'
import type { PropagationResult } from './scenarios/propagation.ts'
import type { RevocationResult } from './scenarios/revocation.ts'
import type { RollbackResult } from './scenarios/rollback.ts'

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

export function formatPropagation ({ writes, visibleMs, writeMs, firstAnswer }: PropagationResult): string {
  return [
    `From an answered admin write to the first traffic answer that shows it, ${writes} writes:`,
    `  p50 ${visibleMs.p50.toFixed(2)} ms, ${tail(visibleMs)}; ` +
    `${firstAnswer} of ${writes} showed it in the very first answer`,
    `  the write itself: p50 ${writeMs.p50.toFixed(2)} ms, p99 ${writeMs.p99.toFixed(2)} ms`
  ].join('\n')
}

export function formatRevocation ({ revocations, requestsMs, streamsMs }: RevocationResult): string {
  const line = (name: string, values: Percentiles): string =>
    `  ${name} p50 ${values.p50.toFixed(2)} ms, ${tail(values)} (target: p99 below ${revocationTargetMs} ms, ${values.p99 < revocationTargetMs ? 'met' : 'MISSED'})`
  return [
    `Under load, from an answered revocation, ${revocations} times:`,
    line('to the last request that was let in, on a kept connection:', requestsMs),
    line('to the end of a stream that was open:', streamsMs)
  ].join('\n')
}

export function formatRollback ({ rollbacks, servedMs }: RollbackResult): string {
  return [
    `From sending the rollback of a broken release to the first answer of the one before, ${rollbacks} times:`,
    `  p50 ${servedMs.p50.toFixed(2)} ms, ${tail(servedMs)} (target: p99 at most ${rollbackTargetMs} ms, ${servedMs.p99 <= rollbackTargetMs ? 'met' : 'MISSED'})`
  ].join('\n')
}

export function formatColdStart ({ functions, bundleBytes, firstMs, secondMs }: ColdStartResult): string {
  return [
    `The first call that a function ever gets, ${functions} functions of ${whole(bundleBytes)} bytes, one after the other:`,
    `  p50 ${firstMs.p50.toFixed(2)} ms (target: at most ${coldStartTargetMs} ms, ${firstMs.p50 <= coldStartTargetMs ? 'met' : 'MISSED'}), ${tail(firstMs)}`,
    `  the second call: p50 ${secondMs.p50.toFixed(2)} ms, ${tail(secondMs)}`
  ].join('\n')
}

export function formatDensity (kept: ResidentResult, turns: TurnsResult, capBytes: number): string {
  const eachMb = (kept.withBytes - kept.beforeBytes) / kept.gateways / 1e6
  return [
    `${whole(kept.gateways)} gateways' functions called twice: ${whole(kept.resident)} were still resident, ${eachMb.toFixed(2)} MB of resident memory each ` +
    `(target: at most ${residentTargetMb} MB, ${eachMb <= residentTargetMb && kept.resident === kept.gateways ? 'met' : 'MISSED'})`,
    `${whole(turns.gateways)} gateways called in turn: sandboxes held ${mb(turns.peakBytes)} MB at most (bound: ${mb(capBytes)} MB, ` +
    `${turns.peakBytes <= capBytes ? 'met' : 'MISSED'}); edge workers ${mb(turns.edgeBeforeBytes)} MB before, ${mb(turns.edgeAfterBytes)} MB after`
  ].join('\n')
}

const coldStartTargetMs = 25
const revocationTargetMs = 100
const rollbackTargetMs = 150
const residentTargetMb = 4

function tail ({ p99, max }: Percentiles): string {
  return `p99 ${p99.toFixed(2)} ms, max ${max.toFixed(2)} ms`
}

function mb (bytes: number): string {
  return whole(bytes / 1e6)
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
