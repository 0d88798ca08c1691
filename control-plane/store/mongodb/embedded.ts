import type { ClientSession, Collection, Document as BsonDocument } from 'mongodb'
import { missing } from '../refusals.ts'
import type { EnvironmentRef, Page, PageRequest } from '../store.ts'
import { decode } from './codec.ts'
import { idOf, type StoredEnvironment } from './collections.ts'
import { toPage } from './operations.ts'

/** An array that is embedded in the documents of environments: one query reads of one environment alone. */
export interface Embedded<Item> {
  find: (environment: EnvironmentRef, name: string, session?: ClientSession) => Promise<Item | null>
  page: (environment: EnvironmentRef, request: PageRequest) => Promise<Page<Item>>
  all: (environment: EnvironmentRef, session?: ClientSession) => Promise<Item[]>
  /** `null` without the environment. */
  count: (environment: EnvironmentRef, session: ClientSession) => Promise<number | null>
  /** @throws `not_found` without the environment */
  require: (environment: EnvironmentRef, session: ClientSession) => Promise<void>
}

/** @param key the member that names an item within its array */
export function openEmbedded<Item extends object> (
  environments: Collection<StoredEnvironment>, array: 'clients' | 'variables' | 'upstreams', key: string & keyof Item
): Embedded<Item> {
  const matching = ({ gatewayId, environment }: EnvironmentRef): BsonDocument => ({ $match: { _id: idOf(gatewayId, environment) } })
  const items = async (pipeline: BsonDocument[], session?: ClientSession): Promise<Item[]> => {
    const found = await environments.aggregate(pipeline, session && { session }).toArray()
    return found.map(item => decode(item) as Item)
  }
  const unwound = [{ $project: { _id: 0, [array]: 1 } }, { $unwind: `$${array}` }, { $replaceRoot: { newRoot: `$${array}` } }]
  const count: Embedded<Item>['count'] = async (ref, session) => {
    const [found] = await environments.aggregate([matching(ref), { $project: { count: { $size: `$${array}` } } }], { session }).toArray()
    return found === undefined ? null : found.count as number
  }
  return {
    find: async ({ gatewayId, environment }, name, session) => {
      // `name` says that what is named is wanted, and nothing else: `$elemMatch` alone would leave that open.
      const found = await environments.findOne(
        { _id: idOf(gatewayId, environment) }, { projection: { name: 1, [array]: { $elemMatch: { [key]: name } } }, ...(session && { session }) }
      )
      const [item] = found?.[array] ?? []
      return item === undefined ? null : decode(item) as unknown as Item
    },
    page: async (ref, request) => {
      const { limit, after } = request
      const beyond = after === null ? [] : [{ $match: { [key]: { $gt: after } } }]
      return toPage(await items([matching(ref), ...unwound, ...beyond, { $sort: { [key]: 1 } }, { $limit: limit + 1 }]), request, item => String(item[key]))
    },
    all: async (ref, session) => await items([matching(ref), ...unwound], session),
    count,
    require: async (ref, session) => {
      if (await count(ref, session) === null) throw missing('environment')
    }
  }
}
