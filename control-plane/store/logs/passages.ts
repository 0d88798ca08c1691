import type { LogFilter, LogPassage, StoredLine } from '../log-store.ts'
import { createFilter, Looks, toLine, type LineRow } from './lines.ts'
import { positionOf, resume, unborn, type LogHead } from './positions.ts'

/** So much is handed over at once: lines, and UTF-16 units of their texts. */
const maxLines = 500
const maxUnits = 1024 * 1024

/** A passage that is made of lines in the order of their numbers. */
export interface Passage {
  /** Lines after this one are to be added. */
  from: number
  /** true: that is enough. */
  add: (row: LineRow) => boolean
  end: () => LogPassage
}

export function openPassage (head: LogHead, after: string, filter: LogFilter): Passage {
  const { number: from, isKnown } = resume(head, after)
  const fits = createFilter(filter)
  const looks = new Looks()
  const lines: StoredLine[] = []
  let missed = isKnown ? 0 : null
  let number = from
  let units = 0
  let isEmpty = true
  let isEnd = true
  return {
    from,
    add: row => {
      // Numbers have no gaps but where the oldest lines were forgotten.
      if (isEmpty && missed !== null) missed = row.number - from - 1
      isEmpty = false
      if (fits(row)) {
        lines.push(toLine(head, row))
        units += row.message.length + row.fields.length
      }
      number = row.number
      if (!looks.spend(row) && lines.length < maxLines && units < maxUnits) return false
      isEnd = row.number === head.last
      return true
    },
    end: () => {
      if (isEmpty) {
        number = head.last
        if (missed !== null) missed = number - from
      }
      return { lines, position: positionOf(head, number), isEnd, missed }
    }
  }
}

/** Of an environment that no line has come from. */
export function unbornPassage (after: string): LogPassage {
  return { lines: [], position: unborn, isEnd: true, missed: after === unborn ? 0 : null }
}
