import { totalCpu } from '../report/peers.ts'
import { digits, whole } from '../report/numbers.ts'
import { spread } from '../report.ts'
import type { Round } from '../result.ts'
import { changeOf, confidence, isBeyondNoise, type Change } from './signed-rank.ts'
import type { Twins } from './twins.ts'

/** One figure of one peer, held against the other commit's. */
export interface Finding extends Change {
  name: string
  figure: 'requests/s' | 'µs of processor'
  /** Medians. */
  other: number
  working: number
  /** `unknown`: too few rounds to tell a change from the noise. */
  says: 'better' | 'worse' | 'same' | 'unknown'
}

/** Requests a second, and the processor time of one request where the system says it. */
export function findingsOf ({ name, working, other }: Twins): Finding[] {
  const rates = finding(name, 'requests/s', working, other, ({ requestsPerSecond }) => requestsPerSecond)
  const times = finding(name, 'µs of processor', working, other, totalCpu)
  return [rates, times].filter(each => each !== null)
}

function finding (name: string, figure: Finding['figure'], working: readonly Round[], other: readonly Round[], read: (round: Round) => number | null): Finding | null {
  const pairs = working.map((round, index) => [read(round), read(other[index]!)] as const).filter((pair): pair is [number, number] => pair.every(value => value !== null && value > 0))
  if (pairs.length < working.length || pairs.length === 0) return null
  const change = changeOf(pairs.map(([ours, theirs]) => ours / theirs))
  return { ...change, name, figure, working: spread(pairs.map(([ours]) => ours)).median, other: spread(pairs.map(([, theirs]) => theirs)).median, says: judge(change, figure) }
}

function judge (change: Change, figure: Finding['figure']): Finding['says'] {
  if (change.interval === null) return 'unknown'
  if (!isBeyondNoise(change)) return 'same'
  return change.factor > 1 === (figure === 'requests/s') ? 'better' : 'worse'
}

const words: Record<Finding['says'], string> = { better: 'better', worse: 'WORSE', same: 'no change beyond the noise', unknown: 'too few rounds to say' }

/** A line for each. */
export function findingsText (findings: readonly Finding[]): string {
  return findings.map(({ name, figure, other, working, factor, interval, says }) => {
    const show = figure === 'requests/s' ? whole : digits
    const range = interval === null ? '' : ` (${100 * confidence} %: ${percentOf(interval.low)} to ${percentOf(interval.high)})`
    return `  ${name.padEnd(24)} ${figure.padEnd(16)} ${show(other)} → ${show(working)}   ${percentOf(factor)}${range}   ${words[says]}`
  }).join('\n')
}

function percentOf (factor: number): string {
  const percent = 100 * (factor - 1)
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`
}
