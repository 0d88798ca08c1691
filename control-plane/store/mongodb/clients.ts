import type { ClientSession } from 'mongodb'
import type { ClientApp } from '../documents.ts'
import { StoreError, type Draft, type EnvironmentRef, type Store } from '../store.ts'
import { decode, encode } from './codec.ts'
import { idOf } from './collections.ts'
import { openEmbedded } from './embedded.ts'
import { isDuplicate } from './errors.ts'
import { expectRevision, missing, taken, type Context, type Writes } from './operations.ts'
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
   * Whose the keys are that these clients bring, by their hashes. Writers come one after the other, so what is not there now is not there at the
   * commit. The indexes are the second lock on this door.
   */
  const ownersOf = async (brought: ReadonlyArray<Pick<ClientApp, 'keyHash' | 'previousKey'>>, session: ClientSession): Promise<Map<string, string>> => {
    const hashes = brought.flatMap(keyHashes)
    const others = await environments.find(
      { $or: [{ 'clients.keyHash': { $in: hashes } }, { 'clients.previousKey.keyHash': { $in: hashes } }] },
      { projection: { gatewayId: 1, name: 1, 'clients.id': 1, 'clients.keyHash': 1, 'clients.previousKey.keyHash': 1 }, session }
    ).toArray()
    return new Map(others.flatMap(({ gatewayId, name, clients }) =>
      clients.flatMap(client => keyHashes(client).map(hash => [hash, ownerName({ gatewayId, environment: name }, client)] as const))))
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
    const [ids, names] = [new Set(others.map(({ id }) => id)), new Set(others.map(({ name }) => name))]
    const owners = await ownersOf(drafts, session)
    for (const [index, draft] of drafts.entries()) {
      if (count + index >= maxClients) throw new StoreError('limit', `An environment has at most ${maxClients} clients`)
      if (ids.has(draft.id)) throw taken('client', 'id')
      if (names.has(draft.name)) throw taken('client', 'name')
      ids.add(draft.id)
      names.add(draft.name)
      claimKeys(owners, ref, draft)
    }
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
        claimKeys(await ownersOf([draft], session), ref, draft)
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

/** @throws `exists` where one of the client's keys is another's, or both are one */
function claimKeys (owners: Map<string, string>, ref: EnvironmentRef, client: Pick<ClientApp, 'id' | 'keyHash' | 'previousKey'>): void {
  const hashes = keyHashes(client)
  const own = ownerName(ref, client)
  if (new Set(hashes).size < hashes.length || hashes.some(hash => (owners.get(hash) ?? own) !== own)) throw taken('client', 'keyHash')
  for (const hash of hashes) owners.set(hash, own)
}

function ownerName (ref: EnvironmentRef, { id }: Pick<ClientApp, 'id'>): string {
  return idOf(ref.gatewayId, ref.environment, id)
}

async function keyTaken (write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    throw isDuplicate(error) ? taken('client', 'keyHash') : error
  }
}

function keyHashes ({ keyHash, previousKey }: Pick<ClientApp, 'keyHash' | 'previousKey'>): string[] {
  // What was read by projection lacks the member where there is none.
  return previousKey?.keyHash === undefined ? [keyHash] : [keyHash, previousKey.keyHash]
}

function environmentId ({ gatewayId, environment }: EnvironmentRef): string {
  return idOf(gatewayId, environment)
}

function touched ({ gatewayId, environment }: EnvironmentRef, clientId: string) {
  return { type: 'client', gatewayId, environment, clientId } as const
}
