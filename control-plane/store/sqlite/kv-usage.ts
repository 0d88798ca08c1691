import type { DatabaseSync } from 'node:sqlite'
import { trackUsage, type KvBook, type KvSums, type KvUsage } from '../kv/entries.ts'
import type { EnvironmentRef } from '../store.ts'

export interface KvUsages {
  /** For one transaction, in which each sum is read and written once. */
  open: () => { of: (environment: EnvironmentRef) => KvUsage | null, close: () => void }
  /** Takes expired entries away, whichever environment's. */
  sweep: (now: number, limit: number) => number
}

export function openKvUsage (db: DatabaseSync): KvUsages {
  const select = db.prepare('SELECT keys, bytes, lastVersion FROM kvUsage WHERE gatewayId = ? AND environment = ?')
  const exists = db.prepare('SELECT 1 FROM environments WHERE gatewayId = ? AND name = ?')
  const upsert = db.prepare(`INSERT INTO kvUsage (gatewayId, environment, keys, bytes, lastVersion) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes, lastVersion = excluded.lastVersion`)
  const selectExpired = db.prepare('SELECT rowid AS id, gatewayId, environment, bytes FROM kvEntries WHERE expiresAt <= ? ORDER BY expiresAt LIMIT ?')
  const remove = db.prepare('DELETE FROM kvEntries WHERE rowid = ?')

  const read = ({ gatewayId, environment }: EnvironmentRef): KvSums | null => {
    const row = select.get(gatewayId, environment)
    if (row !== undefined) return { ...row } as unknown as KvSums
    return exists.get(gatewayId, environment) === undefined ? null : { keys: 0, bytes: 0, lastVersion: 0 }
  }
  const open: KvUsages['open'] = () => {
    const opened = new Map<string, KvBook & { ref: EnvironmentRef } | null>()
    return {
      of: ref => {
        // Neither name has a slash in it.
        const name = `${ref.gatewayId}/${ref.environment}`
        let known = opened.get(name)
        if (known === undefined) {
          const sums = read(ref)
          opened.set(name, known = sums && { ref, sums, isChanged: false })
        }
        return known && trackUsage(known)
      },
      close: () => {
        for (const known of opened.values()) {
          if (known?.isChanged === true) upsert.run(known.ref.gatewayId, known.ref.environment, known.sums.keys, known.sums.bytes, known.sums.lastVersion)
        }
      }
    }
  }
  return {
    open,
    sweep: (now, limit) => {
      const rows = selectExpired.all(now, limit) as unknown as Array<EnvironmentRef & { id: number, bytes: number }>
      const books = open()
      for (const { id, bytes, ...ref } of rows) {
        remove.run(id)
        books.of(ref)?.add({ keys: -1, bytes: -bytes })
      }
      books.close()
      return rows.length
    }
  }
}
