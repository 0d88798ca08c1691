import type { ClientSession } from 'mongodb'
import type { Environment } from '../documents.ts'
import { idOf, type StoredEnvironment } from './collections.ts'
import type { Context } from './operations.ts'

/** The document of an environment, with what is embedded in it, and what is counted beside it. */
export async function insertEnvironment ({ environments, collections: { kvUsage } }: Pick<Context, 'environments' | 'collections'>, environment: Environment, session: ClientSession): Promise<void> {
  const { gatewayId, name } = environment
  const _id = idOf(gatewayId, name)
  const nothingEmbedded: Pick<StoredEnvironment, 'clients' | 'variables' | 'upstreams'> = { clients: [], variables: [], upstreams: [] }
  await environments.insert(_id, { ...environment, ...nothingEmbedded }, session)
  await kvUsage.insertOne({ _id, gatewayId, environment: name, keys: 0, bytes: 0, lastVersion: 0 }, { session })
}
