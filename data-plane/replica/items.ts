import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { FeedClient, FeedItem } from '#shared/feed.ts'
import { checkRow, summedColumns, type SummedTable } from './checksum.ts'
import { unusable } from './schema.ts'

/** What is held, as the feed would say it. When the keys of a client end is said of each of them. */
export interface HeldItems {
  gateway: (gatewayId: string) => FeedItem | null
  environment: (gatewayId: string, environment: string) => FeedItem | null
  version: (gatewayId: string, versionId: string) => FeedItem | null
  client: (gatewayId: string, environment: string, clientId: string) => FeedItem | null
  /** Everything, a gateway after the other, in an order in which nothing lacks what it hangs below. */
  all: () => Generator<FeedItem, void, undefined>
}

type Row = Record<string, SQLOutputValue>

/** @throws {ReplicaDamaged} by each of its calls */
export function heldItems (db: DatabaseSync): HeldItems {
  const gateways = select(db, 'gateways', 'id = ?')
  const environments = select(db, 'environments', 'gatewayId = ? AND name = ?')
  const versions = select(db, 'functionVersions', 'gatewayId = ? AND versionId = ?')
  const clients = select(db, 'clients', 'gatewayId = ? AND environment = ? AND clientId = ?')
  const keys = select(db, 'keys', 'gatewayId = ? AND environment = ? AND clientId = ?')
  const allGateways = select(db, 'gateways', 'true ORDER BY id')
  const versionsOf = select(db, 'functionVersions', 'gatewayId = ?')
  const environmentsOf = select(db, 'environments', 'gatewayId = ?')
  const clientsOf = select(db, 'clients', 'gatewayId = ? AND environment = ?')

  const first = (rows: Iterable<Row>, toItem: (row: Row) => FeedItem | null): FeedItem | null => {
    for (const row of rows) return toItem(row)
    return null
  }
  const belowGateway = function * (gatewayId: string): Generator<FeedItem, void, undefined> {
    for (const row of versionsOf(gatewayId)) yield versionItem(row)
    for (const row of environmentsOf(gatewayId)) {
      const item = environmentItem(row)
      if (item !== null) yield item
      for (const client of clientsOf(gatewayId, String(row.name))) yield clientItem(client, keys)
    }
  }
  return {
    gateway: gatewayId => first(gateways(gatewayId), gatewayItem),
    environment: (gatewayId, environment) => first(environments(gatewayId, environment), environmentItem),
    version: (gatewayId, versionId) => first(versions(gatewayId, versionId), versionItem),
    client: (gatewayId, environment, clientId) => first(clients(gatewayId, environment, clientId), row => clientItem(row, keys)),
    all: function * () {
      for (const row of allGateways()) {
        const item = gatewayItem(row)
        if (item === null) continue
        yield item
        yield * belowGateway(String(row.id))
      }
    }
  }
}

function select (db: DatabaseSync, table: SummedTable, where: string): (...key: string[]) => Generator<Row, void, undefined> {
  const text = `SELECT ${summedColumns[table].join(', ')}, sum FROM ${table} WHERE ${where}`
  const statement = db.prepare(text)
  return function * (...key) {
    for (const row of statement.iterate(...key)) {
      checkRow(table, Object.values(row))
      yield row
    }
  }
}

function gatewayItem ({ id, value }: Row): FeedItem | null {
  return value === unusable ? null : { type: 'gateway', gatewayId: String(id), value: JSON.parse(String(value)) }
}

function environmentItem ({ gatewayId, name, value }: Row): FeedItem | null {
  return value === unusable ? null : { type: 'environment', gatewayId: String(gatewayId), environment: String(name), value: JSON.parse(String(value)) }
}

function versionItem ({ gatewayId, versionId, value }: Row): FeedItem {
  return { type: 'function-version', gatewayId: String(gatewayId), versionId: String(versionId), value: JSON.parse(String(value)) }
}

function clientItem ({ gatewayId, environment, clientId, value }: Row, keysOf: (...key: string[]) => Iterable<Row>): FeedItem {
  const place = [String(gatewayId), String(environment), String(clientId)] as const
  const keys = Array.from(keysOf(...place), ({ apiKeyId, keyHash, expiresAt }): FeedClient['keys'][number] => ({
    apiKeyId: String(apiKeyId), keyHash: String(keyHash), expiresAt: expiresAt === null ? null : new Date(Number(expiresAt)).toISOString()
  }))
  return { type: 'client', gatewayId: place[0], environment: place[1], clientId: place[2], value: { ...JSON.parse(String(value)), keys } }
}
