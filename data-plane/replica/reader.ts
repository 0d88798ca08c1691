import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { FeedEnvironment, FeedFunctionVersion, FeedGateway } from '#shared/feed.ts'
import type { ReplicaKey, ReplicaReader } from './replica.ts'

/**
 * Reads the replica from any process, while the supervisor writes it. Each look-up sees the last commit.
 * @throws where there is no replica: the supervisor makes it before it starts a reader
 */
export function openReplicaReader (file: string): ReplicaReader {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  // Measured: a third more look-ups a second, and the pages are shared by all workers.
  db.exec('PRAGMA mmap_size = 268435456')
  const revision = db.prepare('SELECT revision FROM meta')
  const gateway = db.prepare('SELECT value FROM gateways WHERE id = ?')
  const environment = db.prepare('SELECT value FROM environments WHERE gatewayId = ? AND name = ?')
  // As `JSON.stringify` writes it. A text of a tenant that looks alike costs one look.
  const scheduled = db.prepare('SELECT gatewayId, name AS environment FROM environments WHERE instr(value, \'"schedules":[{\') > 0')
  const version = db.prepare('SELECT value FROM functionVersions WHERE gatewayId = ? AND versionId = ?')
  const key = db.prepare('SELECT gatewayId, environment, clientId, clientName, apiKeyId, enabled, expiresAt FROM keys WHERE keyHash = ?')
  return {
    revision: () => Number(revision.get()!.revision),
    getGateway: gatewayId => readValue(gateway, gatewayId) as FeedGateway | null,
    getEnvironment: (gatewayId, name) => readValue(environment, gatewayId, name) as FeedEnvironment | null,
    scheduledEnvironments: () => scheduled.all() as unknown as Array<{ gatewayId: string, environment: string }>,
    getFunctionVersion: (gatewayId, versionId) => readValue(version, gatewayId, versionId) as FeedFunctionVersion | null,
    findKey: keyHash => {
      const row = key.get(keyHash) as KeyRow | undefined
      return row === undefined ? null : { ...row, enabled: row.enabled === 1 }
    },
    close: () => db.close()
  }
}

type KeyRow = Omit<ReplicaKey, 'enabled'> & { enabled: number }

function readValue (statement: StatementSync, ...key: string[]): unknown {
  const row = statement.get(...key)
  return row === undefined ? null : JSON.parse(row.value as string)
}
