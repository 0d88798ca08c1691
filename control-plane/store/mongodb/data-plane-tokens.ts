import type { DataPlaneToken } from '../records.ts'
import { missing, taken } from '../refusals.ts'
import { maxDataPlaneTokens, StoreError, type Store } from '../store.ts'
import { decode, encode } from './codec.ts'
import type { Collections } from './collections.ts'
import { openDocuments } from './documents.ts'
import { isDuplicate } from './errors.ts'

type TokenOperations = Pick<Store, 'addDataPlaneToken' | 'findDataPlaneToken' | 'listDataPlaneTokens' | 'removeDataPlaneToken'>

export function dataPlaneTokenOperations ({ dataPlaneTokens, named }: Pick<Collections, 'dataPlaneTokens' | 'named'>): TokenOperations {
  const documents = openDocuments<DataPlaneToken>(named('dataPlaneTokens'))
  return {
    addDataPlaneToken: async token => {
      // Several who add one at once may pass it by a few, which does no harm.
      if (await dataPlaneTokens.countDocuments() >= maxDataPlaneTokens) throw new StoreError('limit', `There are ${maxDataPlaneTokens} tokens already`)
      try {
        await dataPlaneTokens.insertOne({ _id: token.id, ...encode(token) })
      } catch (error) {
        if (isDuplicate(error)) throw taken('token', 'name')
        throw error
      }
    },
    findDataPlaneToken: async tokenHash => decode(await dataPlaneTokens.findOne({ tokenHash }, { projection: { _id: 0 } })),
    listDataPlaneTokens: async page => await documents.page({}, 'id', 'text', page),
    removeDataPlaneToken: async id => {
      const { deletedCount } = await dataPlaneTokens.deleteOne({ _id: id })
      if (deletedCount === 0) throw missing('token')
    }
  }
}
