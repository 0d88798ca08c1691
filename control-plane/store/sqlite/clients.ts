import type { ClientApp } from '../documents.ts'
import { expectRevision, taken } from '../refusals.ts'
import { StoreError, type EnvironmentRef } from '../store.ts'
import { openEmbedded, pageOf } from './embedded.ts'
import type { Context, Operations } from './operations.ts'

type ClientOperations = Pick<Operations,
  'addClient' | 'getClient' | 'listClients' | 'replaceClient' | 'removeClient' | 'findClientByKeyHash'>

export function clientOperations ({ db, write, deferral }: Context, maxClients: number): ClientOperations {
  const clients = openEmbedded<ClientApp>(db, 'clients', deferral)
  const findKey = db.prepare('SELECT gatewayId, environment, clientId FROM clientKeys WHERE keyHash = ?')
  const insertKey = db.prepare('INSERT INTO clientKeys (gatewayId, environment, clientId, keyHash) VALUES (?, ?, ?, ?)')
  const deleteKeys = db.prepare('DELETE FROM clientKeys WHERE gatewayId = ? AND environment = ? AND clientId = ?')

  /** In place of the keys that it had. A hash is one client's in the whole store. */
  const indexKeys = ({ gatewayId, environment }: EnvironmentRef, client: ClientApp): void => {
    deleteKeys.run(gatewayId, environment, client.id)
    for (const keyHash of keyHashes(client)) {
      if (findKey.get(keyHash) !== undefined) throw taken('client', 'keyHash')
      insertKey.run(gatewayId, environment, client.id, keyHash)
    }
  }

  return {
    addClient: (environment, draft) => write(({ revision, touch }) => {
      const all = clients.require(environment)
      if (all.length >= maxClients) throw new StoreError('limit', `An environment has at most ${maxClients} clients`)
      if (all.some(other => other.id === draft.id)) throw taken('client', 'id')
      if (all.some(other => other.name === draft.name)) throw taken('client', 'name')
      const client = { ...draft, revision }
      indexKeys(environment, client)
      clients.write(environment, [...all, client])
      touch({ type: 'client', ...reference(environment), clientId: client.id })
      return structuredClone(client)
    }),

    getClient: (environment, clientId) => clients.read(environment)?.find(client => client.id === clientId) ?? null,

    listClients: (environment, page) => pageOf(clients.read(environment) ?? [], client => client.id, page),

    replaceClient: (environment, draft, expectedRevision) => write(({ revision, touch }) => {
      const all = clients.require(environment)
      const index = all.findIndex(other => other.id === draft.id)
      expectRevision(all[index] ?? null, expectedRevision, 'client')
      if (all.some((other, at) => at !== index && other.name === draft.name)) throw taken('client', 'name')
      const client = { ...draft, revision }
      indexKeys(environment, client)
      clients.write(environment, all.with(index, client))
      touch({ type: 'client', ...reference(environment), clientId: client.id })
      return structuredClone(client)
    }),

    removeClient: (environment, clientId, expectedRevision) => write(({ revision, touch }) => {
      const all = clients.require(environment)
      expectRevision(all.find(client => client.id === clientId) ?? null, expectedRevision, 'client')
      deleteKeys.run(environment.gatewayId, environment.environment, clientId)
      clients.write(environment, all.filter(client => client.id !== clientId))
      touch({ type: 'client', ...reference(environment), clientId })
      return revision
    }),

    findClientByKeyHash: keyHash => {
      const key = findKey.get(keyHash)
      if (key === undefined) return null
      const environment = { gatewayId: key.gatewayId as string, environment: key.environment as string }
      const client = clients.read(environment)?.find(client => client.id === key.clientId)
      return client?.keyHash === keyHash ? { environment, client } : null
    }
  }
}

function keyHashes (client: ClientApp): string[] {
  return client.previousKey === null ? [client.keyHash] : [client.keyHash, client.previousKey.keyHash]
}

/** Without what else the caller's object may hold: it goes into `changes`. */
function reference ({ gatewayId, environment }: EnvironmentRef): EnvironmentRef {
  return { gatewayId, environment }
}
