import { logLevels } from '#shared/logs.ts'
import type { LogFilter, LogQuery, StoredLine } from '../log-store.ts'
import type { Page } from '../store.ts'
import { positionOf, type LogHead } from './positions.ts'

/** A line as adapters keep it. `level` is its place in `logLevels`. */
export interface LineRow {
  number: number
  time: number
  level: number
  functionName: string | null
  versionId: string | null
  requestId: string | null
  message: string
  fields: string
}

/** What a line takes beside its texts, about: numbers, names, and its places in the indexes. */
const lineBytes = 400
/** So many lines are looked at for one answer, however few of them fit; a long one counts for several. */
const maxLooks = 20_000
const unitsPerLook = 1_000
/** Lines of this level and the more severe ones have an index of their own. */
export const severeLevel = logLevels.indexOf('warn')

export function bytesOf ({ message, fields }: Pick<LineRow, 'message' | 'fields'>): number {
  return lineBytes + Buffer.byteLength(message) + Buffer.byteLength(fields)
}

/** How much has been looked at, and whether that is enough. */
export class Looks {
  #looks = 0

  /** true: that was the last one. */
  spend ({ message, fields }: LineRow): boolean {
    this.#looks += 1 + (message.length + fields.length) / unitsPerLook
    return this.#looks >= maxLooks
  }
}

/** By which index lines are found; what it does not decide is looked at line by line. */
export type LineAccess = 'request' | 'function' | 'severe' | 'time'

export function chooseAccess ({ requestId, functionName, minLevel }: LogFilter): { by: LineAccess, value: string | null } {
  if (requestId !== null) return { by: 'request', value: requestId }
  if (functionName !== null) return { by: 'function', value: functionName }
  return { by: logLevels.indexOf(minLevel) >= severeLevel ? 'severe' : 'time', value: null }
}

export interface PagePosition { time: number, number: number }

/** Behind which line a page begins. */
export function pageStart ({ order, until }: LogQuery, after: PagePosition | null): PagePosition {
  return after ?? (order === 'asc' ? { time: -1, number: 0 } : { time: until ?? Number.MAX_SAFE_INTEGER, number: Number.MAX_SAFE_INTEGER })
}

/** A page that is made of lines in the order of the list. */
export interface LinePage {
  /** The page, as soon as it is full, or enough has been looked at. */
  add: (row: LineRow) => Page<StoredLine> | null
  /** The page, where there are no more lines. */
  end: () => Page<StoredLine>
}

export function openLinePage (head: LogHead, query: LogQuery, limit: number): LinePage {
  const fits = createFilter(query)
  const looks = new Looks()
  const items: StoredLine[] = []
  let last: LineRow | null = null
  return {
    add: row => {
      if (fits(row)) {
        // It is full when there is one more, so that the last one says that it is the last.
        if (items.length === limit && last !== null) return { items, next: cursorOf(last) }
        items.push(toLine(head, row))
      }
      last = row
      return looks.spend(row) ? { items, next: cursorOf(row) } : null
    },
    end: () => ({ items, next: null })
  }
}

function cursorOf ({ time, number }: PagePosition): string {
  return `${time}.${number}`
}

/** `null`: that is no cursor of these lists. */
export function parseCursor (cursor: string): PagePosition | null {
  const [, time, number] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor) ?? []
  return time === undefined ? null : { time: Number(time), number: Number(number) }
}

export function createFilter ({ functionName, requestId, minLevel, since, contains }: LogFilter): (row: LineRow) => boolean {
  const level = logLevels.indexOf(minLevel)
  const text = contains?.toLowerCase() ?? null
  return row => row.level >= level && row.time >= since &&
    (functionName === null || row.functionName === functionName) &&
    (requestId === null || row.requestId === requestId) &&
    (text === null || row.message.toLowerCase().includes(text) || row.fields.toLowerCase().includes(text))
}

export function toLine (head: LogHead, { number, level, ...line }: LineRow): StoredLine {
  return { ...line, level: logLevels[level]!, position: positionOf(head, number) }
}
