import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { logLevels } from '#shared/logs.ts'
import type { LogFilter, LogQuery, StoredLine } from '../../log-store.ts'
import type { Page } from '../../store.ts'
import type { LoggedEnvironment } from './environments.ts'

/** A row of `lines`. */
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

export const lineColumns = 'number, time, level, functionName, versionId, requestId, message, fields'
/** So many lines are looked at for one answer, however few of them fit; a long one counts for several. */
const maxLooks = 20_000
const unitsPerLook = 1_000

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
export const access = {
  request: { index: 'linesByRequest', condition: 'requestId = :value' },
  function: { index: 'linesByFunction', condition: 'functionName = :value' },
  // Part of the text, since an index with a condition is used where the query has the same.
  severe: { index: 'severeLinesByTime', condition: 'level >= 2' },
  time: { index: 'linesByTime', condition: 'TRUE' }
} as const
export type Access = keyof typeof access

export function chooseAccess ({ requestId, functionName, minLevel }: LogFilter): { by: Access, value: string | null } {
  if (requestId !== null) return { by: 'request', value: requestId }
  if (functionName !== null) return { by: 'function', value: functionName }
  return { by: minLevel === 'warn' || minLevel === 'error' ? 'severe' : 'time', value: null }
}

/** With the bounds of the times, and the line behind which a page begins. */
export function listStatement (by: Access, order: LogQuery['order']): string {
  const { index, condition } = access[by]
  const [after, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC']
  return `SELECT ${lineColumns} FROM lines INDEXED BY ${index}
    WHERE environment = :environment AND ${condition} AND time >= :since AND time <= :until AND (time, number) ${after} (:time, :number)
    ORDER BY time ${direction}, number ${direction}`
}

export interface PagePosition { time: number, number: number }

export type ListLines = (environment: LoggedEnvironment, query: LogQuery, limit: number, after: PagePosition | null) => Page<StoredLine>

export function prepareList (db: DatabaseSync): ListLines {
  const prepared = new Map<string, StatementSync>()
  const statementFor = (by: Access, order: LogQuery['order']): StatementSync => {
    const key = `${by} ${order}`
    const statement = prepared.get(key) ?? db.prepare(listStatement(by, order))
    prepared.set(key, statement)
    return statement
  }
  return (environment, query, limit, after) => {
    const { by, value } = chooseAccess(query)
    const until = query.until ?? Number.MAX_SAFE_INTEGER
    const { time, number } = after ?? (query.order === 'asc' ? { time: -1, number: 0 } : { time: until, number: Number.MAX_SAFE_INTEGER })
    const bound = { environment: environment.id, since: query.since, until, time, number, ...(value !== null && { value }) }
    const fits = createFilter(query)
    const items: StoredLine[] = []
    const looks = new Looks()
    let last: LineRow | null = null
    for (const found of statementFor(by, query.order).iterate(bound)) {
      const row = found as unknown as LineRow
      if (fits(row)) {
        // A page is full when there is one more, so that the last one says that it is the last.
        if (items.length === limit && last !== null) return { items, next: cursorOf(last) }
        items.push(toLine(environment, row))
      }
      last = row
      if (looks.spend(row)) return { items, next: cursorOf(row) }
    }
    return { items, next: null }
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

export function toLine ({ birth }: LoggedEnvironment, { number, level, ...line }: LineRow): StoredLine {
  return { ...line, level: logLevels[level]!, position: `${birth}-${number}` }
}
