import type { DatabaseSync } from 'node:sqlite'
import type { LogFilter, LogPassage } from '../../log-store.ts'
import type { LineRow } from '../../logs/lines.ts'
import { openPassage } from '../../logs/passages.ts'
import type { LoggedEnvironment } from './environments.ts'
import { lineColumns } from './read.ts'

export type ReadOn = (environment: LoggedEnvironment, after: string, filter: LogFilter) => LogPassage

export const readOnStatement = `SELECT ${lineColumns} FROM lines INDEXED BY linesByNumber WHERE environment = ? AND number > ? ORDER BY number`

export function prepareReadOn (db: DatabaseSync): ReadOn {
  const select = db.prepare(readOnStatement)
  return (environment, after, filter) => {
    const passage = openPassage(environment, after, filter)
    for (const row of select.iterate(environment.id, passage.from)) {
      if (passage.add(row as unknown as LineRow)) break
    }
    return passage.end()
  }
}
