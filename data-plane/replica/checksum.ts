import { hash } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { ReplicaDamaged } from './errors.ts'
import { metaSum, readMeta } from './meta.ts'

/**
 * SQLite notices a page whose structure is broken, and not a bit that has flipped within a value. So every row carries a sum of its own,
 * which is compared whenever it is read, and `meta` carries the sum of these sums, which triggers keep up within each transaction: a row
 * that is lost, or that comes back, is noticed as well.
 *
 * What is in a sum. `unusedSince` is left out: it decides only when a version is dropped, and one that is in use never is.
 */
export const summedColumns = {
  gateways: ['id', 'value'],
  environments: ['gatewayId', 'name', 'value'],
  clients: ['gatewayId', 'environment', 'clientId', 'value'],
  clientHandles: ['handle', 'gatewayId', 'environment', 'clientId'],
  keys: ['keyHash', 'gatewayId', 'environment', 'clientId', 'apiKeyId', 'expiresAt'],
  functionVersions: ['gatewayId', 'versionId', 'value'],
  releasedVersions: ['gatewayId', 'environment', 'versionId']
} as const

export type SummedTable = keyof typeof summedColumns

/** 48 bits: sums of sums stay exact as numbers here, and as integers there. */
export const sumMask = 2 ** 48 - 1

/** Of one row. It is there to find accidents: whoever can write the file can write the sum. */
export function rowSum (table: SummedTable, values: readonly SQLOutputValue[]): number {
  return Number.parseInt(hash('sha256', `${table}\0${values.join('\0')}`, 'hex').slice(0, 12), 16)
}

/** @throws {ReplicaDamaged} where the row is not the one that was written. `sum` is its last value. */
export function checkRow (table: SummedTable, [...row]: SQLOutputValue[]): void {
  const sum = row.pop()
  if (rowSum(table, row) !== sum) throw new ReplicaDamaged(`a row of ${table} is not what was written`)
}

/**
 * Reads everything. As one transaction, so that it may be done while another connection writes.
 * @throws {ReplicaDamaged}, and what SQLite cannot read
 */
export function verifyReplica (db: DatabaseSync): void {
  db.exec('BEGIN')
  try {
    const [damage] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {})
    if (damage !== 'ok') throw new ReplicaDamaged(`its structure is damaged: ${String(damage)}`)
    verifyMeta(db)
    const contents = Object.keys(summedColumns).reduce((sum, table) => (sum + sumTable(db, table as SummedTable)) % (sumMask + 1), 0)
    if (contents !== readMeta(db).contents) throw new ReplicaDamaged('rows are missing, or there are some too many')
  } finally {
    db.exec('ROLLBACK')
  }
}

/** @throws {ReplicaDamaged} */
export function verifyMeta (db: DatabaseSync): void {
  const { sum, ...meta } = readMeta(db)
  if (metaSum(meta) !== sum) throw new ReplicaDamaged('what is said of the whole is not what was written')
}

function sumTable (db: DatabaseSync, table: SummedTable): number {
  let total = 0
  const rows = db.prepare(`SELECT ${summedColumns[table].join(', ')}, sum FROM ${table}`)
  rows.setReturnArrays(true)
  for (const row of rows.iterate() as unknown as Iterable<SQLOutputValue[]>) {
    checkRow(table, row)
    total = (total + Number(row.at(-1))) % (sumMask + 1)
  }
  return total
}
