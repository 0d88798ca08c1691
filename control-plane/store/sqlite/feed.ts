import type { DatabaseSync } from 'node:sqlite'
import type { FeedMessage } from '#shared/feed.ts'
import type { Touched } from '../changes.ts'
import type { ClientApp, Variable } from '../documents.ts'
import { feedMessages } from '../feed/messages.ts'
import type { FeedSource } from '../feed/source.ts'
import { StoreError, type FeedReader } from '../store.ts'
import { openReader } from './connection.ts'
import { openEmbedded } from './embedded.ts'
import { closedError, guarded, storeError } from './errors.ts'
import { idSetting, settingOperations } from './settings.ts'
import { parse } from './table.ts'
import { openTables } from './tables.ts'
import { headRevision } from './transaction.ts'
import { openVersions } from './versions.ts'

/** Idle connections kept for the next readers; a data plane reads after every commit. */
const maxIdle = 4

interface Connection { db: DatabaseSync, source: FeedSource }

export interface Feed {
  read: (reader: FeedReader) => AsyncGenerator<FeedMessage, void, undefined>
  /** Ends the reads under way: they reject with `unavailable`. */
  close: () => void
}

/**
 * Each read has a connection and a read transaction of its own, so it sees one state while writers go on. The write-ahead log cannot
 * be cut back beyond that state until the reader has finished or given up: whoever reads must not stand still for long.
 */
export function openFeed (file: string, store: string): Feed {
  const idle: Connection[] = []
  const busy = new Set<Connection>()
  let closed = false

  const acquire = (): Connection => {
    if (closed) throw closedError()
    const connection = idle.pop() ?? guarded(() => openConnection(file, store))
    busy.add(connection)
    return connection
  }
  const release = (connection: Connection): void => {
    busy.delete(connection)
    if (!connection.db.isOpen) return
    if (connection.db.isTransaction) connection.db.exec('ROLLBACK')
    if (closed || idle.length >= maxIdle) connection.db.close()
    else idle.push(connection)
  }

  return {
    read: async function * (reader) {
      const connection = acquire()
      try {
        connection.db.exec('BEGIN')
        yield * feedMessages(connection.source, reader)
      } catch (error) {
        throw connection.db.isOpen ? storeError(error) : closedError()
      } finally {
        release(connection)
      }
    },
    close: () => {
      closed = true
      for (const { db } of [...idle, ...busy]) db.close()
      idle.length = 0
    }
  }
}

function openConnection (file: string, store: string): Connection {
  const db = openReader(file)
  try {
    if (settingOperations(db).getSetting(idSetting) !== store) {
      throw new StoreError('unavailable', `${file} is another store than the one that was opened`)
    }
    return { db, source: openSource(db, store) }
  } catch (error) {
    db.close()
    throw error
  }
}

function openSource (db: DatabaseSync, store: string): FeedSource {
  const tables = openTables(db)
  const versions = openVersions(db)
  const clients = openEmbedded<ClientApp>(db, 'clients')
  const variables = openEmbedded<Variable>(db, 'variables')
  const oldest = db.prepare('SELECT min(revision) AS revision FROM changes')
  const size = db.prepare(
    'SELECT (SELECT count(*) FROM gateways) + (SELECT count(*) FROM environments) + (SELECT count(*) FROM clientKeys) AS size'
  )
  const changes = db.prepare('SELECT revision, touched FROM changes WHERE revision > ? ORDER BY revision LIMIT ?')
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
      return environment === null ? null : { environment, variables: variables.read(ref) ?? [] }
    },
    clients: ref => clients.read(ref) ?? [],
    release: (ref, number) => tables.releases.get(ref.gatewayId, ref.environment, number),
    version: (gatewayId, version) => versions.runnable(gatewayId, version)
  }
}
