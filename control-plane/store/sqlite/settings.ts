import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import type { Operations } from './operations.ts'
import { openTable } from './table.ts'

type SettingOperations = Pick<Operations, 'getSetting' | 'initSetting' | 'putSetting'>

/** The setting that holds the store's id. */
export const idSetting = 'storeId'

/** Settings belong to the installation, not to what readers of the feed follow: they make no revision. */
export function settingOperations (db: DatabaseSync): SettingOperations {
  const settings = openTable<{ name: string, value: string }>(db, 'settings', ['name'], 'text')
  return {
    getSetting: name => settings.get(name)?.value ?? null,
    initSetting: (name, value) => inTransaction(db, () => {
      const there = settings.get(name)
      return there === null ? settings.insert([name], { name, value }).value : there.value
    }),
    putSetting: (name, value) => putSetting(db, name, value)
  }
}

/** In the place of what it was; `null`: none. */
export function putSetting (db: DatabaseSync, name: string, value: string | null): void {
  if (value === null) db.prepare('DELETE FROM settings WHERE name = ?').run(name)
  else db.prepare('INSERT INTO settings (name, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document').run(name, JSON.stringify({ name, value }))
}
