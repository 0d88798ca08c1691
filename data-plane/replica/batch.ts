import type { DatabaseSync } from 'node:sqlite'
import { isFunctionRoute, servedReleases, type FeedClient, type FeedEnvironment, type FeedFunctionVersion, type FeedGateway, type FeedItem } from '#shared/feed.ts'
import { clientHandle, credentialHandles } from '#shared/client-handles.ts'
import { rowSum } from './checksum.ts'
import type { ReplicaChange } from './replica.ts'
import { unusable } from './schema.ts'

export type TouchedParts = Pick<ReplicaChange, 'gateways' | 'environments' | 'keyHashes' | 'clientHandles'>

/** Writes items of the feed into the open transaction, and remembers exactly what they touched. Things said again unchanged do not count. */
export interface ItemWriter {
  write: (item: FeedItem) => void
  /** In the place of a gateway, or of an environment, of which there is nothing that can be used. */
  writeUnusable: (gatewayId: string, environment: string | null) => void
  /** What has been touched since it was last asked. */
  takeTouched: () => TouchedParts
  /** Drops function versions that no release has named for longer than a moment, and those that none ever did. */
  collectVersions: (nowMs: number) => void
}

/**
 * For so long a version outlives the last release that named it: a request that began under that release may still need its code,
 * and a rollback a moment later finds it.
 */
export const versionGraceMs = 60_000

export function createItemWriter (db: DatabaseSync, now: () => number): ItemWriter {
  const sql = prepare(db)
  let touched = createTouched()

  const removeEnvironment = (gatewayId: string, environment: string): void => {
    for (const row of sql.environmentKeys.all(gatewayId, environment)) touched.keyHashes.add(row.keyHash as string)
    for (const row of sql.environmentHandles.all(gatewayId, environment)) touched.clientHandles.add(row.handle as string)
    for (const row of sql.environmentClients.all(gatewayId, environment)) touched.clientHandles.add(clientHandle(gatewayId, environment, 'id', row.clientId as string))
    sql.retireVersions.run(now(), gatewayId, environment)
    if (sql.deleteEnvironment.run(gatewayId, environment).changes !== 0) touchEnvironment(touched, gatewayId, environment, true)
  }

  const writeGateway = (gatewayId: string, value: FeedGateway | null): void => {
    if (value !== null) {
      const text = JSON.stringify(value)
      if (sql.putGateway.run(gatewayId, text, rowSum('gateways', [gatewayId, text])).changes !== 0) touched.gateways.add(gatewayId)
      return
    }
    for (const row of sql.gatewayEnvironments.all(gatewayId)) removeEnvironment(gatewayId, row.name as string)
    if (sql.deleteGateway.run(gatewayId).changes !== 0) touched.gateways.add(gatewayId)
  }

  const writeEnvironment = (gatewayId: string, name: string, value: FeedEnvironment | null): void => {
    if (value === null) return removeEnvironment(gatewayId, name)
    const text = JSON.stringify(value)
    if (sql.putEnvironment.run(gatewayId, name, text, rowSum('environments', [gatewayId, name, text])).changes === 0) return
    touchEnvironment(touched, gatewayId, name)
    sql.retireVersions.run(now(), gatewayId, name)
    sql.deleteReleased.run(gatewayId, name)
    const routes = servedReleases(value).flatMap(release => release.routes)
    for (const { versionId } of routes.filter(isFunctionRoute)) {
      sql.putReleased.run(gatewayId, name, versionId, rowSum('releasedVersions', [gatewayId, name, versionId]))
      sql.keepVersion.run(gatewayId, versionId)
    }
  }

  const writeClient = (gatewayId: string, environment: string, clientId: string, value: FeedClient | null): void => {
    const hasChanged = value === null ? false : putClient(gatewayId, environment, clientId, value)
    const wanted = new Set(value?.keys.map(key => key.keyHash))
    for (const row of sql.clientKeys.all(gatewayId, environment, clientId)) {
      const keyHash = row.keyHash as string
      if (wanted.has(keyHash)) continue
      sql.deleteKey.run(keyHash)
      touched.keyHashes.add(keyHash)
    }
    for (const key of value?.keys ?? []) {
      const row = [key.keyHash, gatewayId, environment, clientId, key.apiKeyId, earlier(value!.expiresAt, key.expiresAt)]
      if (sql.putKey.run(...row, rowSum('keys', row)).changes !== 0 || hasChanged) touched.keyHashes.add(key.keyHash)
    }
    if (value === null) removeClient(gatewayId, environment, clientId)
  }

  /** @returns whether it is another one than before */
  const putClient = (gatewayId: string, environment: string, clientId: string, { keys: _keys, ...value }: FeedClient): boolean => {
    const text = JSON.stringify(value)
    if (sql.putClient.run(gatewayId, environment, clientId, text, rowSum('clients', [gatewayId, environment, clientId, text])).changes === 0) return false
    touched.clientHandles.add(clientHandle(gatewayId, environment, 'id', clientId))
    const wanted = new Set(credentialHandles(gatewayId, environment, value))
    dropHandles(gatewayId, environment, clientId, wanted)
    for (const handle of wanted) {
      const row = [handle, gatewayId, environment, clientId]
      sql.putHandle.run(...row, rowSum('clientHandles', row))
      touched.clientHandles.add(handle)
    }
    return true
  }

  const dropHandles = (gatewayId: string, environment: string, clientId: string, wanted: ReadonlySet<string>): void => {
    for (const row of sql.handles.all(gatewayId, environment, clientId)) {
      const handle = row.handle as string
      if (wanted.has(handle)) continue
      sql.deleteHandle.run(handle)
      touched.clientHandles.add(handle)
    }
  }

  const removeClient = (gatewayId: string, environment: string, clientId: string): void => {
    dropHandles(gatewayId, environment, clientId, new Set())
    if (sql.deleteClient.run(gatewayId, environment, clientId).changes !== 0) touched.clientHandles.add(clientHandle(gatewayId, environment, 'id', clientId))
  }

  const writeVersion = (gatewayId: string, versionId: string, value: FeedFunctionVersion): void => {
    const text = JSON.stringify(value)
    sql.putVersion.run(gatewayId, versionId, text, rowSum('functionVersions', [gatewayId, versionId, text]))
  }

  return {
    write: item => {
      switch (item.type) {
        case 'gateway': return writeGateway(item.gatewayId, item.value)
        case 'environment': return writeEnvironment(item.gatewayId, item.environment, item.value)
        case 'client': return writeClient(item.gatewayId, item.environment, item.clientId, item.value)
        case 'function-version': return writeVersion(item.gatewayId, item.versionId, item.value)
      }
    },
    writeUnusable: (gatewayId, environment) => {
      if (environment === null) {
        sql.putGateway.run(gatewayId, unusable, rowSum('gateways', [gatewayId, unusable]))
        touched.gateways.add(gatewayId)
      } else {
        sql.putEnvironment.run(gatewayId, environment, unusable, rowSum('environments', [gatewayId, environment, unusable]))
        touchEnvironment(touched, gatewayId, environment)
      }
    },
    takeTouched: () => {
      const { gateways, environments, keyHashes, clientHandles } = touched
      touched = createTouched()
      return { gateways: [...gateways], environments: [...environments.values()], keyHashes: [...keyHashes], clientHandles: [...clientHandles] }
    },
    collectVersions: nowMs => {
      sql.keepUsedVersions.run()
      sql.deleteVersions.run(nowMs - versionGraceMs)
    }
  }
}

interface Touched {
  gateways: Set<string>
  environments: Map<string, ReplicaChange['environments'][number]>
  keyHashes: Set<string>
  clientHandles: Set<string>
}

function createTouched (): Touched {
  return { gateways: new Set(), environments: new Map(), keyHashes: new Set(), clientHandles: new Set() }
}

function touchEnvironment (touched: Touched, gatewayId: string, environment: string, isOver = false): void {
  const place = `${gatewayId}-${environment}`
  const hasEnded = isOver || touched.environments.get(place)?.hasEnded === true
  touched.environments.set(place, { gatewayId, environment, ...(hasEnded && { hasEnded }) })
}

/** Of two RFC 3339 timestamps, in milliseconds since the epoch. */
function earlier (first: string | null, second: string | null): number | null {
  const times = [first, second].filter(text => text !== null).map(text => Date.parse(text))
  return times.length === 0 ? null : Math.min(...times)
}

// Upserts, never REPLACE: that would delete the row first, and with it all that hangs below. The WHERE lets unchanged rows be.
const prepare = (db: DatabaseSync) => ({
  putGateway: db.prepare(`INSERT INTO gateways VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum WHERE value <> excluded.value`),
  deleteGateway: db.prepare('DELETE FROM gateways WHERE id = ?'),
  gatewayEnvironments: db.prepare('SELECT name FROM environments WHERE gatewayId = ?'),

  putEnvironment: db.prepare(`INSERT INTO environments VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum WHERE value <> excluded.value`),
  deleteEnvironment: db.prepare('DELETE FROM environments WHERE gatewayId = ? AND name = ?'),
  environmentKeys: db.prepare('SELECT keyHash FROM keys WHERE gatewayId = ? AND environment = ?'),

  putClient: db.prepare(`INSERT INTO clients VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum WHERE value <> excluded.value`),
  deleteClient: db.prepare('DELETE FROM clients WHERE gatewayId = ? AND environment = ? AND clientId = ?'),
  environmentClients: db.prepare('SELECT clientId FROM clients WHERE gatewayId = ? AND environment = ?'),
  handles: db.prepare('SELECT handle FROM clientHandles WHERE gatewayId = ? AND environment = ? AND clientId = ?'),
  environmentHandles: db.prepare('SELECT handle FROM clientHandles WHERE gatewayId = ? AND environment = ?'),
  // Of two clients that change names within one batch, the one that has it now comes last or has it already.
  putHandle: db.prepare(`INSERT INTO clientHandles VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET clientId = excluded.clientId, sum = excluded.sum`),
  deleteHandle: db.prepare('DELETE FROM clientHandles WHERE handle = ?'),

  clientKeys: db.prepare('SELECT keyHash FROM keys WHERE gatewayId = ? AND environment = ? AND clientId = ?'),
  putKey: db.prepare(`INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET gatewayId = excluded.gatewayId, environment = excluded.environment, clientId = excluded.clientId,
      apiKeyId = excluded.apiKeyId, expiresAt = excluded.expiresAt, sum = excluded.sum
    WHERE (gatewayId, environment, clientId, apiKeyId, expiresAt) IS NOT
      (excluded.gatewayId, excluded.environment, excluded.clientId, excluded.apiKeyId, excluded.expiresAt)`),
  deleteKey: db.prepare('DELETE FROM keys WHERE keyHash = ?'),

  // Unused since ever: a version that comes without a release that names it does not stay.
  putVersion: db.prepare('INSERT INTO functionVersions VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING'),
  retireVersions: db.prepare(`UPDATE functionVersions SET unusedSince = ? WHERE unusedSince IS NULL AND (gatewayId, versionId) IN (
    SELECT gatewayId, versionId FROM releasedVersions WHERE gatewayId = ? AND environment = ?)`),
  putReleased: db.prepare('INSERT INTO releasedVersions VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
  deleteReleased: db.prepare('DELETE FROM releasedVersions WHERE gatewayId = ? AND environment = ?'),
  keepVersion: db.prepare('UPDATE functionVersions SET unusedSince = NULL WHERE gatewayId = ? AND versionId = ? AND unusedSince IS NOT NULL'),
  // Those that came behind the release that names them.
  keepUsedVersions: db.prepare(`UPDATE functionVersions SET unusedSince = NULL WHERE unusedSince IS NOT NULL AND EXISTS (
    SELECT 1 FROM releasedVersions AS released
    WHERE released.gatewayId = functionVersions.gatewayId AND released.versionId = functionVersions.versionId)`),
  deleteVersions: db.prepare('DELETE FROM functionVersions WHERE unusedSince <= ?')
})
