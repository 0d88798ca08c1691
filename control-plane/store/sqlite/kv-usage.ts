import type { DatabaseSync } from 'node:sqlite'
import type { EnvironmentRef } from '../store.ts'
import type { UsageChange } from './kv-entries.ts'

/** What an environment keeps, as one transaction sees and changes it. */
export interface KvUsage {
  readonly keys: number
  readonly bytes: number
  add: (change: UsageChange) => void
  /** Never given before, so that whoever compares versions also notices a key that was removed and made again. */
  nextVersion: () => number
}

export interface KvUsages {
  /** For one transaction, in which each sum is read and written once. */
  open: () => { of: (environment: EnvironmentRef) => KvUsage | null, close: () => void }
  /** Takes expired entries away, whichever environment's. */
  sweep: (now: number, limit: number) => number
}

interface Sums { keys: number, bytes: number, lastVersion: number }

export function openKvUsage (db: DatabaseSync): KvUsages {
  const select = db.prepare('SELECT keys, bytes, lastVersion FROM kvUsage WHERE gatewayId = ? AND environment = ?')
  const exists = db.prepare('SELECT 1 FROM environments WHERE gatewayId = ? AND name = ?')
  const upsert = db.prepare(`INSERT INTO kvUsage (gatewayId, environment, keys, bytes, lastVersion) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes, lastVersion = excluded.lastVersion`)
  const selectExpired = db.prepare('SELECT rowid AS id, gatewayId, environment, bytes FROM kvEntries WHERE expiresAt <= ? ORDER BY expiresAt LIMIT ?')
  const remove = db.prepare('DELETE FROM kvEntries WHERE rowid = ?')

  const read = ({ gatewayId, environment }: EnvironmentRef): Sums | null => {
    const row = select.get(gatewayId, environment)
    if (row !== undefined) return { ...row } as unknown as Sums
    return exists.get(gatewayId, environment) === undefined ? null : { keys: 0, bytes: 0, lastVersion: 0 }
  }
  const open: KvUsages['open'] = () => {
    const opened = new Map<string, { ref: EnvironmentRef, sums: Sums, isChanged: boolean } | null>()
    return {
      of: ref => {
        // Neither name has a slash in it.
        const name = `${ref.gatewayId}/${ref.environment}`
        let known = opened.get(name)
        if (known === undefined) {
          const sums = read(ref)
          opened.set(name, known = sums && { ref, sums, isChanged: false })
        }
        return known && track(known)
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

function track (known: { sums: Sums, isChanged: boolean }): KvUsage {
  const { sums } = known
  return {
    get keys () { return sums.keys },
    get bytes () { return sums.bytes },
    add: ({ keys, bytes }) => {
      sums.keys += keys
      sums.bytes += bytes
      known.isChanged = true
    },
    nextVersion: () => {
      known.isChanged = true
      return ++sums.lastVersion
    }
  }
}
