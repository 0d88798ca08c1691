import { quotaRetainedMs, type QuotaRef } from '#shared/quotas.ts'
import type { Store } from '../store.ts'
import { idOf } from './collections.ts'
import { ofExisting } from './existing.ts'
import type { Context } from './operations.ts'
import { createTurns } from './turns.ts'

type QuotaOperations = Pick<Store, 'addQuotaUses' | 'sumQuotaUses'>

/** One document for each ledger that has spent something. */
export function quotaOperations ({ collections }: Pick<Context, 'collections'>): QuotaOperations {
  const { quotaUses } = collections
  // Two who make the same document at once are in each other's way.
  const inTurn = createTurns()

  /** By `idOf` of each, without the ledger. */
  const sums = async (quotas: readonly QuotaRef[], except: string): Promise<number[]> => {
    if (quotas.length === 0) return []
    const found = await quotaUses.aggregate<{ _id: QuotaRef, used: number }>([
      { $match: { $or: quotas.map(({ gatewayId, environment, subject, period }) => ({ gatewayId, environment, subject, period })), ledger: { $ne: except } } },
      { $group: { _id: { gatewayId: '$gatewayId', environment: '$environment', subject: '$subject', period: '$period' }, used: { $sum: { $subtract: ['$spent', '$returned'] } } } }
    ]).toArray()
    const used = new Map(found.map(({ _id, used }) => [nameOf(_id), used]))
    return quotas.map(quota => used.get(nameOf(quota)) ?? 0)
  }

  return {
    addQuotaUses: async (ledger, uses, at) => await inTurn(async () => {
      const writes = (await ofExisting(collections, uses)).map(({ spent, returned, endsAt, ...quota }) => ({
        updateOne: {
          filter: { _id: `${nameOf(quota)}/${ledger}` },
          update: { $max: { spent, returned }, $setOnInsert: { ...quota, ledger, endsAt } },
          upsert: true
        }
      }))
      if (writes.length > 0) await quotaUses.bulkWrite(writes)
      await quotaUses.deleteMany({ endsAt: { $lt: at - quotaRetainedMs } })
      return await sums(uses, ledger)
    }),
    sumQuotaUses: async quotas => await sums(quotas, '')
  }
}

function nameOf ({ gatewayId, environment, subject, period }: QuotaRef): string {
  return idOf(gatewayId, environment, subject, period)
}
