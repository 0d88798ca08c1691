import type { Outcome } from './matrix.ts'

const columns: Array<{ title: string, width: number, cell: (outcome: Outcome) => string }> = [
  { title: 'fault', width: -46, cell: ({ fault }) => fault },
  { title: 'sent', width: 6, cell: ({ sent }) => String(sent) },
  { title: 'failed', width: 7, cell: ({ failures }) => String(failures.length) },
  { title: 'held', width: 5, cell: ({ held }) => String(held) },
  { title: 'worst gap, ms', width: 14, cell: ({ worstGapMs }) => worstGapMs.toFixed(0) },
  { title: 'recovered, ms', width: 14, cell: ({ recoveredMs }) => recoveredMs === null ? 'not' : recoveredMs.toFixed(0) }
]

export function formatHeading (): string {
  return columns.map(({ title, width }) => pad(title, width)).join('')
}

export function formatRow (outcome: Outcome): string {
  const row = columns.map(({ width, cell }) => pad(cell(outcome), width)).join('')
  return outcome.surprise === null ? row : `${row}\n  ! ${outcome.surprise}`
}

/** @param width negative: text, which stands on the left */
function pad (text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width)
}
