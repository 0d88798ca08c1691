import type { Collections } from './collections.ts'
import { idOf } from './collections.ts'
import type { InTransaction } from './transaction.ts'

/** Takes expired entries away, whichever environment's, each environment's in a transaction with its sums. */
export async function sweepKvEntries ({ kvEntries, kvUsage }: Pick<Collections, 'kvEntries' | 'kvUsage'>, inTransaction: InTransaction, now: number, limit: number): Promise<number> {
  const found = await kvEntries.find({ expiresAt: { $lte: now } }, { projection: { gatewayId: 1, environment: 1 } }).sort({ expiresAt: 1 }).limit(limit).toArray()
  let count = 0
  for (const [usageId, entries] of Map.groupBy(found, ({ gatewayId, environment }) => idOf(gatewayId, environment))) {
    count += await inTransaction(async session => {
      // One that was written anew meanwhile has not expired any more.
      const over = await kvEntries.find({ _id: { $in: entries.map(({ _id }) => _id) }, expiresAt: { $lte: now } }, { projection: { bytes: 1 }, session }).toArray()
      if (over.length === 0) return 0
      const bytes = over.reduce((sum, entry) => sum + entry.bytes, 0)
      await kvUsage.updateOne({ _id: usageId }, { $inc: { keys: -over.length, bytes: -bytes } }, { session })
      await kvEntries.deleteMany({ _id: { $in: over.map(({ _id }) => _id) } }, { session })
      return over.length
    })
  }
  return count
}
