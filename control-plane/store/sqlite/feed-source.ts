import type { DatabaseSync } from 'node:sqlite'
import type { Touched } from '../changes.ts'
import type { ClientApp, Environment, Release, Upstream, Variable } from '../documents.ts'
import type { FeedSource } from '../feed/source.ts'
import { servedNumbers } from '../serving.ts'
import type { EnvironmentRef } from '../store.ts'
import { openEmbedded } from './embedded.ts'
import { parse } from './table.ts'
import { openTables } from './tables.ts'
import { headRevision } from './transaction.ts'
import { openVersions } from './versions.ts'

/** What the feed is made from: the state that the connection's transaction sees. */
export function openSource (db: DatabaseSync, store: string): FeedSource {
  const tables = openTables(db)
  const versions = openVersions(db)
  const clients = openEmbedded<ClientApp>(db, 'clients')
  const variables = openEmbedded<Variable>(db, 'variables')
  const upstreams = openEmbedded<Upstream>(db, 'upstreams')
  const oldest = db.prepare('SELECT min(revision) AS revision FROM changes')
  const size = db.prepare(
    'SELECT (SELECT count(*) FROM gateways) + (SELECT count(*) FROM environments) + (SELECT count(*) FROM clientKeys) AS size'
  )
  const changes = db.prepare('SELECT revision, touched FROM changes WHERE revision > ? ORDER BY revision LIMIT ?')
  const releasesOf = ({ gatewayId, environment: name }: EnvironmentRef, environment: Environment): Map<number, Release> => {
    return new Map(servedNumbers(environment).map(number => {
      const release = tables.releases.get(gatewayId, name, number)
      if (release === null) throw new Error(`${gatewayId}-${name} serves release ${number}, which is not stored`)
      return [number, release]
    }))
  }
  return {
    store,
    head: headRevision(db),
    oldestChange: () => oldest.get()!.revision as number | null,
    size: () => size.get()!.size as number,
    changesAfter: (revision, limit) => changes.all(revision, limit).map(row => ({
      revision: row.revision as number, touched: parse(row.touched) as Touched[]
    })),
    gatewaysAfter: (id, limit) => tables.gateways.page([], { after: id, limit }).items,
    gateway: id => tables.gateways.get(id),
    environment: ref => {
      const environment = tables.environments.get(ref.gatewayId, ref.environment)
      if (environment === null) return null
      return { environment, variables: variables.read(ref) ?? [], upstreams: upstreams.read(ref) ?? [], releases: releasesOf(ref, environment) }
    },
    clients: ref => clients.read(ref) ?? [],
    version: (gatewayId, version) => versions.runnable(gatewayId, version)
  }
}
