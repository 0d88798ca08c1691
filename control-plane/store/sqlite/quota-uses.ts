import type { DatabaseSync } from 'node:sqlite'
import { quotaRetainedMs } from '#shared/quotas.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { Operations } from './operations.ts'

type QuotaOperations = Pick<Operations, 'addQuotaUses' | 'sumQuotaUses'>

/** One row for each ledger that has spent something. */
export function quotaOperations (db: DatabaseSync): QuotaOperations {
  const put = db.prepare(`
    INSERT INTO quotaUses (gatewayId, environment, subject, period, ledger, endsAt, spent, returned)
    SELECT gatewayId, name, ?, ?, ?, ?, ?, ? FROM environments WHERE gatewayId = ? AND name = ?
    ON CONFLICT DO UPDATE SET spent = max(spent, excluded.spent), returned = max(returned, excluded.returned)`)
  const sum = db.prepare(`
    SELECT coalesce(sum(spent - returned), 0) AS used FROM quotaUses
    WHERE gatewayId = ? AND environment = ? AND subject = ? AND period = ? AND ledger <> ?`)
  const forget = db.prepare('DELETE FROM quotaUses WHERE endsAt < ?')
  return {
    addQuotaUses: (ledger, uses, at) => inTransaction(db, () => {
      for (const { gatewayId, environment, subject, period, endsAt, spent, returned } of uses) put.run(subject, period, ledger, endsAt, spent, returned, gatewayId, environment)
      forget.run(at - quotaRetainedMs)
      return uses.map(({ gatewayId, environment, subject, period }) => sum.get(gatewayId, environment, subject, period, ledger)!.used as number)
    }),
    sumQuotaUses: quotas => quotas.map(({ gatewayId, environment, subject, period }) => sum.get(gatewayId, environment, subject, period, '')!.used as number)
  }
}
