import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { FeedClient, FeedItem } from '#shared/feed.ts'
import { checkRow, summedColumns, type SummedTable } from './checksum.ts'
import { unusable } from './schema.ts'

/** What is held, as the feed would say it. Of a client only its keys are held: when they end is said of each of them. */
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
  const keys = select(db, 'keys', 'gatewayId = ? AND environment = ? AND clientId = ?')
  const allGateways = select(db, 'gateways', 'true ORDER BY id')
  const versionsOf = select(db, 'functionVersions', 'gatewayId = ?')
  const environmentsOf = select(db, 'environments', 'gatewayId = ?')
  const keysOf = select(db, 'keys', 'gatewayId = ? AND environment = ? ORDER BY clientId')

  const first = (rows: Iterable<Row>, toItem: (row: Row) => FeedItem | null): FeedItem | null => {
    for (const row of rows) return toItem(row)
    return null
  }
  const belowGateway = function * (gatewayId: string): Generator<FeedItem, void, undefined> {
    for (const row of versionsOf(gatewayId)) yield versionItem(row)
    for (const row of environmentsOf(gatewayId)) {
      const item = environmentItem(row)
      if (item !== null) yield item
      yield * clientItems(keysOf(gatewayId, String(row.name)))
    }
  }
  return {
    gateway: gatewayId => first(gateways(gatewayId), gatewayItem),
    environment: (gatewayId, environment) => first(environments(gatewayId, environment), environmentItem),
    version: (gatewayId, versionId) => first(versions(gatewayId, versionId), versionItem),
    client: (gatewayId, environment, clientId) => clientItems(keys(gatewayId, environment, clientId)).next().value ?? null,
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

/** @param rows of one environment, those of a client beside each other */
function * clientItems (rows: Iterable<Row>): Generator<FeedItem, void, undefined> {
  let client: ClientItem | null = null
  for (const { gatewayId, environment, clientId, clientName, enabled, apiKeyId, keyHash, expiresAt } of rows) {
    if (client === null || client.clientId !== clientId) {
      if (client !== null) yield client
      client = newClient(String(gatewayId), String(environment), String(clientId), { name: String(clientName), enabled: enabled === 1 })
    }
    client.value.keys.push({
      apiKeyId: String(apiKeyId), keyHash: String(keyHash), expiresAt: expiresAt === null ? null : new Date(Number(expiresAt)).toISOString()
    })
  }
  if (client !== null) yield client
}

type ClientItem = Extract<FeedItem, { type: 'client' }> & { value: FeedClient }

function newClient (gatewayId: string, environment: string, clientId: string, value: Pick<FeedClient, 'name' | 'enabled'>): ClientItem {
  return { type: 'client', gatewayId, environment, clientId, value: { ...value, expiresAt: null, keys: [] } }
}
