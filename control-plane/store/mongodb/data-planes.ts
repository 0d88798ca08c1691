import type { DataPlane } from '../records.ts'
import type { Store } from '../store.ts'
import { encode } from './codec.ts'
import type { Collections } from './collections.ts'
import { openDocuments } from './documents.ts'
import { isDuplicate } from './errors.ts'
import { forgetSome } from './forget.ts'

type DataPlaneOperations = Pick<Store, 'changedAfter' | 'putDataPlanes' | 'listDataPlanes' | 'sweepDataPlanes'>

/** Data planes tell it all the time, and nobody follows it: it makes no revision. */
export function dataPlaneOperations ({ changes, dataPlanes, named }: Pick<Collections, 'changes' | 'dataPlanes' | 'named'>): DataPlaneOperations {
  const documents = openDocuments<DataPlane>(named('dataPlanes'))
  const put = async (dataPlane: DataPlane): Promise<void> => {
    try {
      await dataPlanes.replaceOne({ _id: dataPlane.id, seenAt: { $lte: dataPlane.seenAt } }, encode(dataPlane), { upsert: true })
    } catch (error) {
      // It is there, and was seen later: that one stays.
      if (!isDuplicate(error)) throw error
    }
  }
  return {
    changedAfter: async revision => {
      const [first] = await changes.find({ _id: { $gt: revision } }, { projection: { at: 1 } }).sort({ _id: 1 }).limit(1).toArray()
      return first?.at ?? null
    },
    putDataPlanes: async all => { await Promise.all(all.map(put)) },
    listDataPlanes: async page => await documents.page({}, 'id', 'text', page),
    sweepDataPlanes: async (seenBefore, limit) => await forgetSome(named('dataPlanes'), { seenAt: { $lt: seenBefore } }, limit)
  }
}
