import type { ClientSession, Filter } from 'mongodb'
import type { ClientApp } from '../documents.ts'
import { expectRevision, missing, taken } from '../refusals.ts'
import { StoreError, type Draft, type EnvironmentRef, type Store } from '../store.ts'
import { decode, encode } from './codec.ts'
import { idOf, type StoredEnvironment } from './collections.ts'
import { openEmbedded } from './embedded.ts'
import { isDuplicate } from './errors.ts'
import type { Context, Writes } from './operations.ts'
import type { Transaction } from './transaction.ts'

type Reads = Pick<Store, 'getClient' | 'listClients' | 'findClientByKeyHash'>
type ClientWrites = Pick<Writes, 'addClient' | 'replaceClient' | 'removeClient'>

/** What comes in a row is written as one: a document with a thousand clients is not written a thousand times. */
export interface ManyClients {
  /** Into one environment, in their order. */
  addClients: (transaction: Transaction, environment: EnvironmentRef, clients: ReadonlyArray<Draft<ClientApp>>) => Promise<ClientApp[]>
}

export function clientOperations ({ collections: { environments } }: Context, maxClients: number): ManyClients & { reads: Reads, writes: ClientWrites } {
  const clients = openEmbedded<ClientApp>(environments, 'clients', 'id')

  /** @throws `exists` where another client has the name */
  const refuseName = async (ref: EnvironmentRef, { id, name }: Pick<ClientApp, 'id' | 'name'>, session: ClientSession): Promise<void> => {
    const other = await environments.findOne({ _id: environmentId(ref), clients: { $elemMatch: { name, id: { $ne: id } } } }, { projection: { _id: 1 }, session })
    if (other !== null) throw taken('client', 'name')
  }
  /**
   * Whether somebody has one of these keys; who that is stays in the database. Writers come one after the other, so what is not there now is not
   * there at the commit. The indexes are the second lock on this door. One query for each of them: not every deployment finds an `$or` in two.
   */
  const areHeld = async (hashes: readonly string[], session: ClientSession, holder: Filter<StoredEnvironment> = {}): Promise<boolean> => {
    for (const condition of holding('clients.', hashes)) {
      if (await environments.findOne({ ...holder, ...condition }, { projection: { _id: 1 }, session }) !== null) return true
    }
    return false
  }
  /** @throws `exists` where a key is another client's, or both are one */
  const refuseKeys = async (ref: EnvironmentRef, client: Pick<ClientApp, 'id' | 'keyHash' | 'previousKey'>, session: ClientSession): Promise<void> => {
    const [_id, hashes] = [environmentId(ref), keyHashes(client)]
    if (new Set(hashes).size < hashes.length || await areHeld(hashes, session, { _id: { $ne: _id } })) throw taken('client', 'keyHash')
    const neighbour = { $elemMatch: { id: { $ne: client.id }, $or: holding('', hashes) } }
    if (await environments.findOne({ _id, clients: neighbour }, { projection: { _id: 1 }, session }) !== null) throw taken('client', 'keyHash')
  }
  /** How many there are, and who has an id or a name that these bring. */
  const lookAround = async (ref: EnvironmentRef, drafts: ReadonlyArray<Pick<ClientApp, 'id' | 'name'>>, session: ClientSession) => {
    // Names are the tenants', and one that begins with a dollar sign would be read as an expression.
    const [ids, names] = [{ $literal: drafts.map(({ id }) => id) }, { $literal: encode(drafts.map(({ name }) => name)) }]
    const isNamed = { $or: [{ $in: ['$$this.id', ids] }, { $in: ['$$this.name', names] }] }
    const others = { $map: { input: { $filter: { input: '$clients', cond: isNamed } }, in: { id: '$$this.id', name: '$$this.name' } } }
    const [found] = await environments.aggregate<{ count: number, others: Array<{ id: string, name: string }> }>(
      [{ $match: { _id: environmentId(ref) } }, { $project: { count: { $size: '$clients' }, others } }], { session }
    ).toArray()
    if (found === undefined) throw missing('environment')
    return { count: found.count, others: decode(found.others) }
  }
  const addClients: ManyClients['addClients'] = async ({ session, revision, touch }, ref, drafts) => {
    const { count, others } = await lookAround(ref, drafts, session)
    const { hashes, fault } = judge(drafts, others, maxClients - count)
    // Of several that cannot be added, the first one is told: a key that is held comes before a fault of a later one.
    if (hashes.length > 0 && await areHeld(hashes, session)) throw taken('client', 'keyHash')
    if (fault !== null) throw fault
    const added = drafts.map(draft => ({ ...draft, revision }))
    await keyTaken(environments.updateOne({ _id: environmentId(ref) }, { $push: { clients: { $each: encode(added) } } }, { session }))
    for (const { id } of added) touch(touched(ref, id))
    return structuredClone(added)
  }

  return {
    addClients,
    reads: {
      getClient: clients.find,
      listClients: clients.page,
      findClientByKeyHash: async keyHash => {
        const found = await environments.findOne({ 'clients.keyHash': keyHash }, { projection: { gatewayId: 1, name: 1, clients: { $elemMatch: { keyHash } } } })
        return found === null ? null : { environment: { gatewayId: found.gatewayId, environment: found.name }, client: decode(found.clients[0]!) }
      }
    },
    writes: {
      addClient: async (transaction, ref, draft) => (await addClients(transaction, ref, [draft]))[0]!,

      replaceClient: async ({ session, revision, touch }, ref, draft, expectedRevision) => {
        await clients.require(ref, session)
        expectRevision(await clients.find(ref, draft.id, session), expectedRevision, 'client')
        await refuseName(ref, draft, session)
        await refuseKeys(ref, draft, session)
        const client = { ...draft, revision }
        await keyTaken(environments.updateOne(
          { _id: environmentId(ref) }, { $set: { 'clients.$[client]': encode(client) } }, { session, arrayFilters: [{ 'client.id': client.id }] }
        ))
        touch(touched(ref, client.id))
        return structuredClone(client)
      },

      removeClient: async ({ session, revision, touch }, ref, clientId, expectedRevision) => {
        await clients.require(ref, session)
        expectRevision(await clients.find(ref, clientId, session), expectedRevision, 'client')
        await environments.updateOne({ _id: environmentId(ref) }, { $pull: { clients: { id: clientId } } }, { session })
        touch(touched(ref, clientId))
        return revision
      }
    }
  }
}

/** What is wrong with the first one that has something wrong, among those that are there and before it; and the hashes of the keys that come before it. */
function judge (drafts: ReadonlyArray<Draft<ClientApp>>, others: ReadonlyArray<{ id: string, name: string }>, room: number): { hashes: string[], fault: StoreError | null } {
  const [ids, names, hashes] = [new Set(others.map(({ id }) => id)), new Set(others.map(({ name }) => name)), new Set<string>()]
  const faultOf = ({ id, name }: Draft<ClientApp>, own: string[], place: number): StoreError | null => {
    if (place >= room) return new StoreError('limit', 'The environment has as many clients as it may have')
    if (ids.has(id)) return taken('client', 'id')
    if (names.has(name)) return taken('client', 'name')
    return new Set(own).size < own.length || own.some(hash => hashes.has(hash)) ? taken('client', 'keyHash') : null
  }
  for (const [place, draft] of drafts.entries()) {
    const own = keyHashes(draft)
    const fault = faultOf(draft, own, place)
    if (fault !== null) return { hashes: [...hashes], fault }
    ids.add(draft.id)
    names.add(draft.name)
    for (const hash of own) hashes.add(hash)
  }
  return { hashes: [...hashes], fault: null }
}

/** Conditions on clients, one of which holds of who has one of the keys. */
function holding (prefix: 'clients.' | '', hashes: readonly string[]): Array<Record<string, unknown>> {
  return [{ [`${prefix}keyHash`]: { $in: hashes } }, { [`${prefix}previousKey.keyHash`]: { $in: hashes } }]
}

async function keyTaken (write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    throw isDuplicate(error) ? taken('client', 'keyHash') : error
  }
}

function keyHashes ({ keyHash, previousKey }: Pick<ClientApp, 'keyHash' | 'previousKey'>): string[] {
  return previousKey === null ? [keyHash] : [keyHash, previousKey.keyHash]
}

function environmentId ({ gatewayId, environment }: EnvironmentRef): string {
  return idOf(gatewayId, environment)
}

function touched ({ gatewayId, environment }: EnvironmentRef, clientId: string) {
  return { type: 'client', gatewayId, environment, clientId } as const
}
