import type { DatabaseSync } from 'node:sqlite'
import type { VariableUse } from '#shared/usage.ts'
import type { VariableReads } from '../records.ts'
import { variableVersionsRetained } from '../store.ts'
import { joinNames, namesOf } from '../usage/variables.ts'
import { parse } from './table.ts'

/** The variables that versions of functions have read: a row for each version and environment. */
export interface VariableReadings {
  /** The environment has to be there. */
  add: (use: VariableUse, seenAt: string) => void
  list: (gatewayId: string, functionName: string) => VariableReads[]
  /** What was last heard of before that time. */
  forget: (before: string, limit: number) => number
}

export function openVariableReadings (db: DatabaseSync): VariableReadings {
  const ofFunction = 'gatewayId = ? AND environment = ? AND functionName = ?'
  const select = db.prepare(`SELECT document FROM variableReads WHERE ${ofFunction} AND versionId = ?`)
  const upsert = db.prepare(`INSERT INTO variableReads (document, seenAt, gatewayId, environment, functionName, versionId) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET document = excluded.document, seenAt = excluded.seenAt`)
  const trim = db.prepare(`DELETE FROM variableReads WHERE rowid IN
    (SELECT rowid FROM variableReads WHERE ${ofFunction} ORDER BY seenAt DESC, versionId LIMIT -1 OFFSET ?)`)
  const list = db.prepare('SELECT document FROM variableReads WHERE gatewayId = ? AND functionName = ? ORDER BY seenAt DESC, environment, versionId')
  const forget = db.prepare('DELETE FROM variableReads WHERE rowid IN (SELECT rowid FROM variableReads WHERE seenAt < ? LIMIT ?)')
  return {
    add: (use, seenAt) => {
      const { gatewayId, environment, functionName, versionId } = use
      const there = select.get(gatewayId, environment, functionName, versionId)
      const known = there === undefined ? [] : (parse(there.document) as VariableReads).names
      const reads: VariableReads = { environment, functionName, versionId, names: joinNames(known, namesOf(use)), seenAt }
      upsert.run(JSON.stringify(reads), seenAt, gatewayId, environment, functionName, versionId)
      trim.run(gatewayId, environment, functionName, variableVersionsRetained)
    },
    list: (gatewayId, functionName) => list.all(gatewayId, functionName).map(({ document }) => parse(document) as VariableReads),
    forget: (before, limit) => Number(forget.run(before, limit).changes)
  }
}
