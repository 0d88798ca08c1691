import { countsRetainedMs, countStepOf, type Store } from '../store.ts'
import { idOf } from './collections.ts'
import { ofExisting } from './existing.ts'
import type { Context } from './operations.ts'
import { createTurns } from './turns.ts'

type ReleaseCountOperations = Pick<Store, 'addReleaseCounts' | 'sumReleaseCounts'>

/** One document for each release and step of time: data planes report every second, and nobody asks more finely. */
export function releaseCountOperations ({ collections }: Pick<Context, 'collections'>): ReleaseCountOperations {
  const { releaseCounts } = collections
  // Two who make the same document at once are in each other's way.
  const inTurn = createTurns()
  return {
    addReleaseCounts: async (counts, at) => await inTurn(async () => {
      const step = countStepOf(at)
      const writes = (await ofExisting(collections, counts)).map(({ gatewayId, environment, release, requests, failures }) => ({
        updateOne: {
          filter: { _id: idOf(gatewayId, environment, release, step) },
          update: { $inc: { requests, failures }, $setOnInsert: { gatewayId, environment, release, step } },
          upsert: true
        }
      }))
      if (writes.length > 0) await releaseCounts.bulkWrite(writes)
      await releaseCounts.deleteMany({ step: { $lt: countStepOf(at - countsRetainedMs) } })
    }),

    sumReleaseCounts: async ({ gatewayId, environment }, release, since) => {
      const [sum] = await releaseCounts.aggregate<{ requests: number, failures: number }>([
        { $match: { gatewayId, environment, release, step: { $gte: countStepOf(since) } } },
        { $group: { _id: null, requests: { $sum: '$requests' }, failures: { $sum: '$failures' } } },
        { $project: { _id: 0 } }
      ]).toArray()
      return sum ?? { requests: 0, failures: 0 }
    }
  }
}
