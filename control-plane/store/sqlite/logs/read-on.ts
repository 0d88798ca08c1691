import type { DatabaseSync } from 'node:sqlite'
import type { LogFilter, LogPassage, StoredLine } from '../../log-store.ts'
import type { LoggedEnvironment } from './environments.ts'
import { createFilter, lineColumns, Looks, toLine, type LineRow } from './read.ts'

/** So much is handed over at once: lines, and UTF-16 units of their texts. */
const maxLines = 500
const maxUnits = 1024 * 1024
/** The position in an environment that no line has come from yet. */
export const unborn = 'new-0'

export type ReadOn = (environment: LoggedEnvironment, after: string, filter: LogFilter) => LogPassage

export const readOnStatement = `SELECT ${lineColumns} FROM lines INDEXED BY linesByNumber WHERE environment = ? AND number > ? ORDER BY number`

export function prepareReadOn (db: DatabaseSync): ReadOn {
  const select = db.prepare(readOnStatement)
  return (environment, after, filter) => {
    const place = resume(environment, after)
    const fits = createFilter(filter)
    const lines: StoredLine[] = []
    let missed = place.isKnown ? 0 : null
    let number = place.number
    const looks = new Looks()
    let units = 0
    let isEmpty = true
    let isEnd = true
    for (const found of select.iterate(environment.id, place.number)) {
      const row = found as unknown as LineRow
      // Numbers have no gaps but where the oldest lines were forgotten.
      if (isEmpty && missed !== null) missed = row.number - place.number - 1
      isEmpty = false
      if (fits(row)) {
        lines.push(toLine(environment, row))
        units += row.message.length + row.fields.length
      }
      number = row.number
      if (!looks.spend(row) && lines.length < maxLines && units < maxUnits) continue
      isEnd = row.number === environment.last
      break
    }
    if (isEmpty) {
      number = environment.last
      if (missed !== null) missed = number - place.number
    }
    return { lines, position: positionOf(environment, number), isEnd, missed }
  }
}

export function positionOf ({ birth }: LoggedEnvironment, number: number): string {
  return `${birth}-${number}`
}

/** `null`: that is no position. */
export function parsePosition (position: string): { birth: string, number: number } | null {
  const [, birth, number] = /^(new|[0-9a-f]{12})-(\d{1,15})$/.exec(position) ?? []
  return birth === undefined ? null : { birth, number: Number(number) }
}

/** A position in logs that are gone is nowhere: all that there is has come after it, and what was between nobody knows. */
function resume (environment: LoggedEnvironment, after: string): { number: number, isKnown: boolean } {
  const position = parsePosition(after)
  if (after === unborn) return { number: 0, isKnown: true }
  if (position === null || position.birth !== environment.birth || position.number > environment.last) return { number: 0, isKnown: false }
  return { number: position.number, isKnown: true }
}
