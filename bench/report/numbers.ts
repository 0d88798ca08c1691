import type { Figure, TargetResult } from '../result.ts'

type Unit = Figure['unit'] | TargetResult['unit']

/** With as many digits as say something: three, and all of a whole number. */
export function format (value: number, unit: Unit): string {
  switch (unit) {
    case 'requests/s':
    case 'count': return whole(value)
    case 'ratio': return `${value.toFixed(2)} ×`
    case 'ms':
    case 'µs':
    case 'MB':
    case 'MB/s':
    case 's': return `${digits(value)} ${unit}`
  }
}

export function digits (value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return whole(value)
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(size >= 0.01 || size === 0 ? 2 : 4)
}

export function whole (value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** As short as an axis wants it: `20k`, `0.5`. */
export function short (value: number): string {
  if (Math.abs(value) >= 1e6) return `${trim(value / 1e6)}M`
  if (Math.abs(value) >= 1e4) return `${trim(value / 1e3)}k`
  return Math.abs(value) >= 1e3 ? whole(value) : trim(value)
}

function trim (value: number): string {
  return String(Number(value.toPrecision(4)))
}
