import type { ClientSession } from 'mongodb'
import type { ClientApp, Environment } from '../documents.ts'
import type { FeedSource, ServingEnvironment } from '../feed/source.ts'
import { StoreError, type EnvironmentRef } from '../store.ts'
import { decode } from './codec.ts'
import { idOf } from './collections.ts'
import { openDocuments } from './documents.ts'
import { openEmbedded } from './embedded.ts'
import { readHead } from './heads.ts'
import type { Context } from './operations.ts'
import { findServed } from './releases.ts'
import type { Versions } from './versions.ts'

/** How often an environment is read that moves on while it is being read. */
const maxReadings = 10

/**
 * What the feed is made from. Outside of a transaction each read sees what is committed by then: a document can be newer than one that was read
 * before, never older.
 */
export function openSource ({ collections, gateways, releases }: Context, versions: Versions, store: string, session: ClientSession): FeedSource {
  const clients = openEmbedded<ClientApp>(collections.environments, 'clients', 'id')
  const environments = openDocuments<Environment & Pick<ServingEnvironment, 'variables' | 'upstreams'>>(collections.named('environments'), ['clients', 'turns'])

  const readServing = async ({ gatewayId, environment: name }: EnvironmentRef): Promise<ServingEnvironment | 'moved' | null> => {
    const environment = await environments.find(idOf(gatewayId, name), session)
    if (environment === null) return null
    const { variables, upstreams, ...rest } = environment
    const found = await findServed(releases, { gatewayId, environment: name }, rest, session)
    return found === null ? 'moved' : { environment: rest, variables, upstreams, releases: found }
  }

  return {
    store,
    head: async () => await readHead(collections, session),
    oldestChange: async () => (await collections.changes.findOne({}, { sort: { _id: 1 }, projection: { _id: 1 }, session }))?._id ?? null,
    // From the collections' own counts, as a count in a session would read every entry of an index.
    size: async () => await collections.gateways.estimatedDocumentCount() + await collections.environments.estimatedDocumentCount(),
    changesAfter: async (revision, limit) => {
      const changes = await collections.changes.find({ _id: { $gt: revision } }, { session }).sort({ _id: 1 }).limit(limit).toArray()
      return changes.map(({ _id, touched }) => ({ revision: _id, touched: decode(touched) }))
    },
    gatewaysAfter: async (id, limit) => (await gateways.page({}, 'id', 'text', { after: id, limit }, session)).items,
    gateway: async id => await gateways.find(id, session),
    environment: async ref => {
      for (let reading = 1; reading <= maxReadings; reading++) {
        const found = await readServing(ref)
        if (found !== 'moved') return found
      }
      throw new StoreError('unavailable', `${ref.gatewayId}-${ref.environment} moves on faster than it can be read`)
    },
    clients: async ref => await clients.all(ref, session),
    version: async (gatewayId, version) => await versions.runnable(gatewayId, version, session)
  }
}
