import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogQuery, StoredLine } from '../../log-store.ts'
import { chooseAccess, openLinePage, pageStart, severeLevel, type LineAccess, type LineRow, type PagePosition } from '../../logs/lines.ts'
import type { Page } from '../../store.ts'
import type { LoggedEnvironment } from './environments.ts'

export const lineColumns = 'number, time, level, functionName, versionId, requestId, message, fields'

export const access = {
  request: { index: 'linesByRequest', condition: 'requestId = :value' },
  function: { index: 'linesByFunction', condition: 'functionName = :value' },
  // Part of the text, since an index with a condition is used where the query has the same.
  severe: { index: 'severeLinesByTime', condition: `level >= ${severeLevel}` },
  time: { index: 'linesByTime', condition: 'TRUE' }
} as const satisfies Record<LineAccess, unknown>
export type Access = LineAccess

/** With the bounds of the times, and the line behind which a page begins. */
export function listStatement (by: Access, order: LogQuery['order']): string {
  const { index, condition } = access[by]
  const [after, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC']
  return `SELECT ${lineColumns} FROM lines INDEXED BY ${index}
    WHERE environment = :environment AND ${condition} AND time >= :since AND time <= :until AND (time, number) ${after} (:time, :number)
    ORDER BY time ${direction}, number ${direction}`
}

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
    const bound = {
      environment: environment.id, since: query.since, until: query.until ?? Number.MAX_SAFE_INTEGER, ...pageStart(query, after), ...(value !== null && { value })
    }
    const page = openLinePage(environment, query, limit)
    for (const row of statementFor(by, query.order).iterate(bound)) {
      const full = page.add(row as unknown as LineRow)
      if (full !== null) return full
    }
    return page.end()
  }
}
