import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { parseHandle } from '#shared/client-handles.ts'
import type { FeedClient, FeedEnvironment, FeedFunctionVersion, FeedGateway } from '#shared/feed.ts'
import { checkRow, summedColumns, type SummedTable } from './checksum.ts'
import { ReplicaDamaged } from './errors.ts'
import { fileIdentity } from './generations.ts'
import type { ReplicaClient, ReplicaReader } from './replica.ts'
import { hasSchedules, unusable } from './schema.ts'
import { isDamage } from './sqlite-errors.ts'

export interface ReplicaReaderOptions {
  /** Something that was asked for is not what was written. @param generation see `fileIdentity` */
  onDamage?: (generation: string | null) => void
}

/**
 * Reads the replica from any process, while the supervisor writes it. Each look-up sees the last commit. What is not what was written
 * is never given out: such a call throws `ReplicaDamaged`.
 * @throws where there is no replica: the supervisor makes it before it starts a reader
 */
export function openReplicaReader (file: string, { onDamage }: ReplicaReaderOptions = {}): ReplicaReader {
  let generation = openGeneration(file)
  const guarded = <Args extends unknown[], Result>(read: (...args: Args) => Result) => (...args: Args): Result => {
    try {
      return read(...args)
    } catch (error) {
      if (!isDamage(error)) throw error
      onDamage?.(generation.identity)
      throw error instanceof ReplicaDamaged ? error : new ReplicaDamaged('the replica cannot be read', { cause: error })
    }
  }
  return {
    revision: guarded(() => Number(generation.revision.get()!.revision)),
    version: guarded(() => `${fileIdentity(file)} ${String(generation.dataVersion.get()!.data_version)}`),
    getGateway: guarded(gatewayId => parse(generation.gateways(gatewayId)) as FeedGateway | null),
    getEnvironment: guarded((gatewayId, name) => parse(generation.environments(gatewayId, name)) as FeedEnvironment | null),
    isUnusable: guarded((gatewayId, name) => generation.gateways(gatewayId)?.value === unusable || (name !== null && generation.environments(gatewayId, name)?.value === unusable)),
    scheduledEnvironments: guarded(() => generation.scheduled.all() as unknown as Array<{ gatewayId: string, environment: string }>),
    getFunctionVersion: guarded((gatewayId, versionId) => parse(generation.functionVersions(gatewayId, versionId)) as FeedFunctionVersion | null),
    findKey: guarded(keyHash => {
      const row = generation.keys(keyHash)
      const client = row === null ? null : readClient(generation.clients(String(row.gatewayId), String(row.environment), String(row.clientId)))
      return client === null ? null : { ...client, apiKeyId: String(row!.apiKeyId), expiresAt: row!.expiresAt === null ? null : Number(row!.expiresAt) }
    }),
    findClient: guarded(handle => {
      const { gatewayId, environment, kind, value } = parseHandle(handle)
      if (kind === 'id') return readClient(generation.clients(gatewayId, environment, value))
      const row = generation.clientHandles(handle)
      return row === null ? null : readClient(generation.clients(gatewayId, environment, String(row.clientId)))
    }),
    refresh: () => {
      if (fileIdentity(file) === generation.identity) return
      const next = openGeneration(file)
      generation.db.close()
      generation = next
    },
    close: () => generation.db.close()
  }
}

function openGeneration (file: string) {
  const identity = fileIdentity(file)
  // Without mmap: a page that is not there any more would end the process, where a read fails.
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  return {
    identity,
    db,
    revision: db.prepare('SELECT revision FROM meta'),
    // https://www.sqlite.org/pragma.html#pragma_data_version: another one when somebody else has committed.
    dataVersion: db.prepare('PRAGMA data_version'),
    scheduled: db.prepare(`SELECT gatewayId, name AS environment FROM environments WHERE ${hasSchedules}`),
    gateways: rowReader(db, 'gateways', 'id = ?'),
    environments: rowReader(db, 'environments', 'gatewayId = ? AND name = ?'),
    functionVersions: rowReader(db, 'functionVersions', 'gatewayId = ? AND versionId = ?'),
    clients: rowReader(db, 'clients', 'gatewayId = ? AND environment = ? AND clientId = ?'),
    clientHandles: rowReader(db, 'clientHandles', 'handle = ?'),
    keys: rowReader(db, 'keys', 'keyHash = ?')
  }
}

type Row = Record<string, SQLOutputValue>

/** @throws {ReplicaDamaged} where the row is not the one that was written, or one that was not asked for */
function rowReader (db: DatabaseSync, table: SummedTable, where: string): (...key: string[]) => Row | null {
  const statement: StatementSync = db.prepare(`SELECT ${summedColumns[table].join(', ')}, sum FROM ${table} WHERE ${where}`)
  return (...key) => {
    const row = statement.get(...key)
    if (row === undefined) return null
    checkRow(table, Object.values(row))
    return row
  }
}

function readClient (row: Row | null): ReplicaClient | null {
  if (row === null) return null
  const { name, enabled, expiresAt, scopes = [], signingKeys = [], plugins = null, quotaResets = 0 } = JSON.parse(String(row.value)) as Omit<FeedClient, 'keys'>
  return {
    gatewayId: String(row.gatewayId),
    environment: String(row.environment),
    clientId: String(row.clientId),
    clientName: name,
    enabled,
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    scopes,
    signingKeys,
    plugins,
    quotaResets
  }
}

function parse (row: Row | null): unknown {
  return row === null ? null : JSON.parse(String(row.value))
}
