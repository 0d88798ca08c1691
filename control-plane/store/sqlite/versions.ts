import type { DatabaseSync } from 'node:sqlite'
import type { FeedFunctionVersion } from '#shared/feed.ts'
import type { VersionRef } from '../changes.ts'
import type { FunctionVersion, FunctionVersionSummary } from '../documents.ts'
import type { Page, PageRequest } from '../store.ts'
import { openTable, parse } from './table.ts'

/** Versions: their summaries are the documents; the texts stand in columns beside them, so that lists do not read them. */
export interface Versions {
  get: (gatewayId: string, functionName: string, id: string) => FunctionVersion | null
  page: (gatewayId: string, functionName: string, request: PageRequest) => Page<FunctionVersionSummary>
  has: (gatewayId: string, version: VersionRef) => boolean
  runnable: (gatewayId: string, version: VersionRef) => FeedFunctionVersion | null
  /** Numbers it, unless it is there already. */
  save: (version: Omit<FunctionVersion, 'number'>) => FunctionVersionSummary
}

export function openVersions (db: DatabaseSync): Versions {
  const where = 'gatewayId = ? AND functionName = ?'
  const select = db.prepare(`SELECT document, files, bundle, sourceMap FROM functionVersions WHERE ${where} AND id = ?`)
  const byId = openTable<FunctionVersionSummary>(db, 'functionVersions', ['gatewayId', 'functionName', 'id'], 'text')
  const selectRunnable = db.prepare(`SELECT bundle, sourceMap FROM functionVersions WHERE ${where} AND id = ?`)
  const selectLast = db.prepare(`SELECT max(number) AS number FROM functionVersions WHERE ${where}`)
  const byNumber = openTable<FunctionVersionSummary>(db, 'functionVersions', ['gatewayId', 'functionName', 'number'], 'newest')
  const insert = db.prepare(
    'INSERT INTO functionVersions (gatewayId, functionName, id, number, document, bundle, sourceMap, files) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
  )
  return {
    get: (gatewayId, functionName, id) => {
      const row = select.get(gatewayId, functionName, id)
      if (row === undefined) return null
      return {
        ...(parse(row.document) as FunctionVersionSummary),
        files: parse(row.files) as Record<string, string>,
        bundle: parse(row.bundle) as string,
        sourceMap: parse(row.sourceMap) as string
      }
    },
    page: (gatewayId, functionName, request) => byNumber.page([gatewayId, functionName], request),
    has: (gatewayId, { functionName, versionId }) => byId.get(gatewayId, functionName, versionId) !== null,
    runnable: (gatewayId, { functionName, versionId }) => {
      const row = selectRunnable.get(gatewayId, functionName, versionId)
      return row === undefined ? null : { functionName, bundle: parse(row.bundle) as string, sourceMap: parse(row.sourceMap) as string }
    },
    save: ({ files, bundle, sourceMap, ...draft }) => {
      const { gatewayId, functionName, id } = draft
      const there = byId.get(gatewayId, functionName, id)
      if (there !== null) return there
      const number = ((selectLast.get(gatewayId, functionName)!.number as number | null) ?? 0) + 1
      const document = JSON.stringify({ ...draft, number })
      // The texts are JSON strings: UTF-8 alone would lose an unpaired surrogate.
      insert.run(gatewayId, functionName, id, number, document, JSON.stringify(bundle), JSON.stringify(sourceMap), JSON.stringify(files))
      return parse(document) as FunctionVersionSummary
    }
  }
}
