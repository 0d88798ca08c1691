import type { DatabaseSync } from 'node:sqlite'
import type { FeedItem } from '#shared/feed.ts'
import type { ItemWriter } from './batch.ts'
import { FeedRefused } from './errors.ts'
import { removeReplica } from './generations.ts'
import { readMeta, writeMeta } from './meta.ts'
import { besideReplica } from './schema.ts'

/** Names of the environments that a replica may hold; `null`: all. */
export type Scope = readonly string[] | null

/**
 * Where this data plane's scope was another one when the replica was written: what it may no longer hold goes before anything is
 * served, and everything is asked for anew, since the changes since then would lack what it could not see.
 */
export function confine (file: string, db: DatabaseSync, items: ItemWriter, scope: Scope): void {
  const wanted = scopeText(scope)
  if (readMeta(db).scope === wanted) return
  // Other generations are of the other scope.
  for (const name of ['previous', 'unusable'] as const) removeReplica(besideReplica(file, name))
  db.exec('BEGIN IMMEDIATE')
  for (const { gatewayId, name } of db.prepare('SELECT gatewayId, name FROM environments').all()) {
    if (scope?.includes(name as string) === false) {
      items.write({ type: 'environment', gatewayId: gatewayId as string, environment: name as string, value: null })
    }
  }
  items.collectVersions(Number.MAX_SAFE_INTEGER)
  writeMeta(db, { store: null, scope: wanted })
  // The write-ahead log would keep what was removed until it is written over.
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  items.takeTouched()
}

/** As `meta` holds it. */
export function scopeText (scope: Scope): string | null {
  return scope === null ? null : JSON.stringify([...scope].sort())
}

/** The control plane was asked for less; a machine that must not hold production does not rely on that alone. */
export function refuseForeign (item: FeedItem, scope: Scope): void {
  if (scope === null || item.type === 'gateway' || item.type === 'function-version' || item.value === null) return
  refuseOutside(item.environment, scope)
}

export function refuseOutside (environment: string, scope: Scope): void {
  if (scope?.includes(environment) === false) throw new FeedRefused(`environment ${environment} was not asked for`)
}
