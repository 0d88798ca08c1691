import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { listPage, listStart, type EntryHead, type KvEntries, type ListedKey, type StoredEntry, type UsageChange } from '../kv/entries.ts'
import type { EnvironmentRef } from '../store.ts'

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
    list: (request, now) => {
      const { key, isInclusive } = listStart(request)
      const rows = (isInclusive ? selectFrom : selectAfter).all(gatewayId, environment, key, now, request.limit + 1) as unknown as ListedKey[]
      return listPage(rows.map(({ key, expiresAt }) => ({ key, expiresAt })), request)
    },
    removeExpired: now => {
      const { keys, bytes } = sumExpired.get(gatewayId, environment, now) as unknown as UsageChange
      if (keys > 0) deleteExpired.run(gatewayId, environment, now)
      return { keys: -keys, bytes: -bytes }
    }
  })
}
