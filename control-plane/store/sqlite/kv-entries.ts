import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EnvironmentRef } from '../store.ts'

export interface EntryHead {
  version: number
  /** Milliseconds since the epoch. */
  expiresAt: number | null
  /** What it counts for. */
  bytes: number
}

export interface StoredEntry extends EntryHead {
  /** JSON text. */
  value: string
}

/** How a change moves the sums of an environment. */
export interface UsageChange { keys: number, bytes: number }

/** The entries of one environment. `now` is the moment at which what has expired is not there; `null`: it is. */
export interface KvEntries {
  read: (key: string, now: number) => StoredEntry | null
  head: (key: string, now: number | null) => EntryHead | null
  put: (entry: StoredEntry & { key: string }) => void
  remove: (key: string) => void
  list: (request: { prefix: string, limit: number, after: string | null }, now: number) => { keys: Array<{ key: string, expiresAt: number | null }>, next: string | null }
  removeExpired: (now: number) => UsageChange
}

export function openKvEntries (db: DatabaseSync): (environment: EnvironmentRef) => KvEntries {
  const mine = 'gatewayId = ? AND environment = ?'
  const select = db.prepare(`SELECT version, expiresAt, bytes, value FROM kvEntries WHERE ${mine} AND key = ?`)
  const selectHead = db.prepare(`SELECT version, expiresAt, bytes FROM kvEntries WHERE ${mine} AND key = ?`)
  const upsert = db.prepare(`INSERT INTO kvEntries (gatewayId, environment, key, version, expiresAt, bytes, value) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET version = excluded.version, expiresAt = excluded.expiresAt, bytes = excluded.bytes, value = excluded.value`)
  const remove = db.prepare(`DELETE FROM kvEntries WHERE ${mine} AND key = ?`)
  // Texts compare by their UTF-8 bytes (SQLite's collation BINARY), so keys with a prefix stand together, from the prefix on.
  const [selectFrom, selectAfter] = ['>=', '>'].map(than =>
    db.prepare(`SELECT key, expiresAt FROM kvEntries WHERE ${mine} AND key ${than} ? AND (expiresAt IS NULL OR expiresAt > ?) ORDER BY key LIMIT ?`)) as [StatementSync, StatementSync]
  const sumExpired = db.prepare(`SELECT count(*) AS keys, coalesce(sum(bytes), 0) AS bytes FROM kvEntries WHERE ${mine} AND expiresAt <= ?`)
  const deleteExpired = db.prepare(`DELETE FROM kvEntries WHERE ${mine} AND expiresAt <= ?`)
  const current = <Head extends EntryHead>(row: Head | undefined, now: number | null): Head | null =>
    row === undefined || (now !== null && row.expiresAt !== null && row.expiresAt <= now) ? null : row

  return ({ gatewayId, environment }) => ({
    read: (key, now) => current(select.get(gatewayId, environment, key) as StoredEntry | undefined, now),
    head: (key, now) => current(selectHead.get(gatewayId, environment, key) as EntryHead | undefined, now),
    put: ({ key, version, expiresAt, bytes, value }) => { upsert.run(gatewayId, environment, key, version, expiresAt, bytes, value) },
    remove: key => { remove.run(gatewayId, environment, key) },
    list: ({ prefix, limit, after }, now) => {
      const goesOn = after !== null && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0
      const rows = (goesOn ? selectAfter : selectFrom).all(gatewayId, environment, goesOn ? after : prefix, now, limit + 1) as Array<{ key: string, expiresAt: number | null }>
      const end = rows.findIndex(({ key }) => !key.startsWith(prefix))
      const found = (end === -1 ? rows : rows.slice(0, end)).map(({ key, expiresAt }) => ({ key, expiresAt }))
      const keys = found.slice(0, limit)
      return { keys, next: found.length > limit ? keys.at(-1)!.key : null }
    },
    removeExpired: now => {
      const { keys, bytes } = sumExpired.get(gatewayId, environment, now) as unknown as UsageChange
      if (keys > 0) deleteExpired.run(gatewayId, environment, now)
      return { keys: -keys, bytes: -bytes }
    }
  })
}
