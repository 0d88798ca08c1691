import { percentile, spread, target } from './report.ts'
import type { Figure, TargetResult } from './result.ts'

/** Times of single events, in the order in which they happened. */
export function times (name: string, valuesMs: readonly number[]): Figure {
  return { name, unit: 'ms', values: valuesMs.map(toMicros), as: 'percentiles' }
}

/** One, or one for each time that it was measured. */
export function amount (name: string, unit: Figure['unit'], values: readonly number[], as: Figure['as'] = 'median'): Figure {
  return { name, unit, values: [...values], as }
}

/** @throws {RangeError} where nothing was measured */
export function p99AtMost ({ name, values }: Pick<Figure, 'name' | 'values'>, wantedMs: number): TargetResult {
  return target(`${name}, p99`, percentile(values, 99), 'at most', wantedMs, 'ms')
}

/** What is told first of it. @throws {RangeError} where nothing was measured */
export function headline ({ values, as }: Pick<Figure, 'values' | 'as'>): number {
  const { median, max } = spread(values)
  return as === 'maximum' ? max : median
}

/** No clock says more, and what is kept of thousands has a size. */
function toMicros (ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
