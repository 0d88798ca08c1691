import { expectRevision, taken } from '../refusals.ts'
import type { Draft, EnvironmentRef, Page, PageRequest } from '../store.ts'
import { encode } from './codec.ts'
import { idOf } from './collections.ts'
import { openEmbedded } from './embedded.ts'
import type { Context } from './operations.ts'
import type { Transaction } from './transaction.ts'

/** Things with names that are an environment's own, and that readers of the feed get together with it. */
export interface Named<Item extends { revision: number }> {
  put: (transaction: Transaction, ref: EnvironmentRef, draft: Draft<Item>, expectedRevision: number | null) => Promise<Item>
  get: (ref: EnvironmentRef, name: string) => Promise<Item | null>
  list: (ref: EnvironmentRef, page: PageRequest) => Promise<Page<Item>>
  remove: (transaction: Transaction, ref: EnvironmentRef, name: string, expectedRevision: number) => Promise<number>
}

/** @param kind what one of them is called */
export function openNamed<Item extends { name: string, revision: number }> (
  { collections: { environments, named } }: Pick<Context, 'collections'>, array: 'variables' | 'upstreams', kind: string
): Named<Item> {
  const embedded = openEmbedded<Item>(environments, array, 'name')
  const documents = named('environments')
  return {
    put: async ({ session, revision, touch }, ref, draft, expectedRevision) => {
      await embedded.require(ref, session)
      const item = { ...draft, revision } as Item
      const found = await embedded.find(ref, item.name, session)
      if (expectedRevision !== null) expectRevision(found, expectedRevision, kind)
      else if (found !== null) throw taken(kind, 'name')
      const _id = idOf(ref.gatewayId, ref.environment)
      if (found === null) await documents.updateOne({ _id }, { $push: { [array]: encode(item) } as object }, { session })
      else await documents.updateOne({ _id }, { $set: { [`${array}.$[item]`]: encode(item) } }, { session, arrayFilters: [{ 'item.name': item.name }] })
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return structuredClone(item)
    },

    get: embedded.find,
    list: embedded.page,

    remove: async ({ session, revision, touch }, ref, name, expectedRevision) => {
      await embedded.require(ref, session)
      expectRevision(await embedded.find(ref, name, session), expectedRevision, kind)
      await documents.updateOne({ _id: idOf(ref.gatewayId, ref.environment) }, { $pull: { [array]: { name } } as object }, { session })
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return revision
    }
  }
}
