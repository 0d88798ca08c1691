import type { ClientSession } from 'mongodb'
import { forgetSome } from '../forget.ts'
import type { InTransaction } from '../transaction.ts'
import type { LogCollections, StoredHead } from './collections.ts'

/** Lines forgotten in one transaction, so that none of them takes long. */
const step = 1_000
/** How long the last batch of an edge worker of which nothing more is heard is remembered: longer than it is sent again. */
const batchesRetainedMs = 24 * 60 * 60_000

/** Forgets some lines that came before this time, and so are from before it. true: there may be more. */
export async function forgetOld ({ logLines, logUsage }: LogCollections, inTransaction: InTransaction, before: number): Promise<boolean> {
  return await inTransaction(async session => {
    const old = await logLines.find({ arrivedAt: { $lt: before } }, { projection: { log: 1, bytes: 1 }, session }).sort({ arrivedAt: 1 }).limit(step).toArray()
    if (old.length === 0) return false
    const logs = [...Map.groupBy(old, ({ log }) => log)].map(([birth, lines]) => ({ birth, bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0) }))
    await logUsage.bulkWrite(logs.map(({ birth, bytes }) => ({ updateOne: { filter: { birth }, update: { $inc: { bytes: -bytes } } } })), { session })
    await logLines.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } }, { session })
    return old.length === step
  })
}

/**
 * Forgets some lines of the environment that has the most of the gateway that has the most, where all take more than this. true: there is more.
 * The sums belong to the transaction: of two who have seen the same surplus, one takes it away.
 */
export async function forgetSurplus (collections: LogCollections, inTransaction: InTransaction, maxBytes: number): Promise<boolean> {
  return await inTransaction(async session => {
    const [sums] = await collections.logUsage.aggregate<{ bytes: number, gatewayId: string }>([
      { $group: { _id: '$gatewayId', bytes: { $sum: '$bytes' } } },
      { $sort: { bytes: -1 } },
      { $group: { _id: null, bytes: { $sum: '$bytes' }, gatewayId: { $first: '$_id' } } }
    ], { session }).toArray()
    if (sums === undefined || sums.bytes <= maxBytes) return false
    const [largest] = await collections.logUsage.find({ gatewayId: sums.gatewayId }, { session }).sort({ bytes: -1 }).limit(1).toArray()
    return await forgetFirst(collections, largest!, sums.bytes - maxBytes, session)
  })
}

/** true: that was not enough. */
async function forgetFirst ({ logLines, logUsage }: LogCollections, { _id, birth }: StoredHead, surplus: number, session: ClientSession): Promise<boolean> {
  const lines = await logLines.find({ log: birth }, { projection: { number: 1, bytes: 1 }, session }).sort({ number: 1 }).limit(step).toArray()
  let freed = 0
  let number = 0
  for (const line of lines) {
    if (freed >= surplus) break
    freed += line.bytes
    number = line.number
  }
  if (number === 0) {
    // Its sum has gone wrong: there is nothing that it is the sum of.
    await logUsage.updateOne({ _id }, { $set: { bytes: 0 } }, { session })
    return true
  }
  await logUsage.updateOne({ _id }, { $inc: { bytes: -freed } }, { session })
  await logLines.deleteMany({ log: birth, number: { $lte: number } }, { session })
  return freed < surplus
}

export async function forgetBatches ({ named }: LogCollections, now: number): Promise<boolean> {
  return await forgetSome(named('logBatches'), { arrivedAt: { $lt: now - batchesRetainedMs } }, step) === step
}
