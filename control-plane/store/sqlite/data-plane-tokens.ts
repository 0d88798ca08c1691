import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { DataPlaneToken } from '../records.ts'
import { missing, taken } from '../refusals.ts'
import { maxDataPlaneTokens, StoreError } from '../store.ts'
import type { Operations } from './operations.ts'
import { openTable, parse } from './table.ts'

type TokenOperations = Pick<Operations, 'addDataPlaneToken' | 'findDataPlaneToken' | 'listDataPlaneTokens' | 'removeDataPlaneToken'>

export function dataPlaneTokenOperations (db: DatabaseSync): TokenOperations {
  const table = openTable<DataPlaneToken>(db, 'dataPlaneTokens', ['id'], 'text')
  const count = db.prepare('SELECT count(*) AS count FROM dataPlaneTokens')
  const byName = db.prepare('SELECT 1 FROM dataPlaneTokens WHERE name = ?')
  const byHash = db.prepare('SELECT document FROM dataPlaneTokens WHERE tokenHash = ?')
  const insert = db.prepare('INSERT INTO dataPlaneTokens (id, name, tokenHash, document) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM dataPlaneTokens WHERE id = ?')
  return {
    addDataPlaneToken: token => inTransaction(db, () => {
      if (byName.get(token.name) !== undefined) throw taken('token', 'name')
      if (Number(count.get()!.count) >= maxDataPlaneTokens) throw new StoreError('limit', `There are ${maxDataPlaneTokens} tokens already`)
      insert.run(token.id, token.name, token.tokenHash, JSON.stringify(token))
    }),
    findDataPlaneToken: tokenHash => {
      const row = byHash.get(tokenHash)
      return row === undefined ? null : parse(row.document) as DataPlaneToken
    },
    listDataPlaneTokens: page => table.page([], page),
    removeDataPlaneToken: id => {
      if (remove.run(id).changes === 0) throw missing('token')
    }
  }
}
