import type { DatabaseSync } from 'node:sqlite'
import { timestamp, type Clock } from '#shared/clock.ts'
import type { CloudFunction, DeletedFunction } from '../documents.ts'
import { functionsRestorableMs, type Page, type PageRequest } from '../store.ts'
import type { Operations } from './operations.ts'
import { parse } from './table.ts'

/** What can be restored. What cannot be any more is not there, whether or not it has been swept away yet. */
export interface DeletedFunctions {
  keep: (fn: CloudFunction, deletedAt: string) => void
  forget: (gatewayId: string, name: string) => void
  get: (gatewayId: string, name: string) => DeletedFunction | null
  page: (gatewayId: string, request: PageRequest) => Page<DeletedFunction>
  sweep: (limit: number) => number
}

export function openDeletedFunctions (db: DatabaseSync, clock: Clock): DeletedFunctions {
  const insert = db.prepare('INSERT INTO deletedFunctions (gatewayId, name, restorableUntil, document) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM deletedFunctions WHERE gatewayId = ? AND name = ?')
  const select = db.prepare('SELECT document FROM deletedFunctions WHERE gatewayId = ? AND name = ? AND restorableUntil > ?')
  const page = db.prepare('SELECT document FROM deletedFunctions WHERE gatewayId = ? AND name > ? AND restorableUntil > ? ORDER BY name LIMIT ?')
  const sweep = db.prepare('DELETE FROM deletedFunctions WHERE rowid IN (SELECT rowid FROM deletedFunctions WHERE restorableUntil <= ? LIMIT ?)')
  return {
    keep: (fn, deletedAt) => {
      const restorableUntil = new Date(Date.parse(deletedAt) + functionsRestorableMs).toISOString()
      const document: DeletedFunction = { ...fn, deletedAt, restorableUntil }
      insert.run(fn.gatewayId, fn.name, restorableUntil, JSON.stringify(document))
    },
    forget: (gatewayId, name) => { remove.run(gatewayId, name) },
    get: (gatewayId, name) => {
      const row = select.get(gatewayId, name, timestamp(clock))
      return row === undefined ? null : parse(row.document) as DeletedFunction
    },
    page: (gatewayId, { limit, after }) => {
      const rows = page.all(gatewayId, after ?? '', timestamp(clock), limit + 1)
      const items = rows.slice(0, limit).map(row => parse(row.document) as DeletedFunction)
      return { items, next: rows.length > limit ? items.at(-1)!.name : null }
    },
    sweep: limit => Number(sweep.run(timestamp(clock), limit).changes)
  }
}

export function deletedFunctionOperations (deleted: DeletedFunctions): Pick<Operations, 'getDeletedFunction' | 'listDeletedFunctions' | 'sweepDeletedFunctions'> {
  return { getDeletedFunction: deleted.get, listDeletedFunctions: deleted.page, sweepDeletedFunctions: deleted.sweep }
}
