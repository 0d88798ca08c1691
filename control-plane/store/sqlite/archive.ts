import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { randomUUID } from 'node:crypto'
import { timestamp, type Clock } from '#shared/clock.ts'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { archiveKinds, ownSettings, progressSetting, type ArchiveKind, type ArchiveRecord, type CopyProgress, type StoreArchive } from '../copy/archive.ts'
import type { ClientApp } from '../documents.ts'
import { StoreError } from '../store.ts'
import { openWriter } from './connection.ts'
import { createSchema } from './schema.ts'
import { idSetting, putSetting, settingOperations } from './settings.ts'
import { parse } from './table.ts'
import { headRevision } from './transaction.ts'

/**
 * Everything in the file of an embedded store. Nobody else can write to it until it is closed.
 * @throws {StoreError} `unavailable` also where a control plane is using the file
 */
export async function openSqliteArchive (file: string, clock: Clock): Promise<StoreArchive> {
  const db = openWriter(file)
  try {
    createSchema(db, () => putSetting(db, idSetting, randomUUID()))
    // Held for as long as the archive is open: of two who write to a file, the other one has to wait.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    inTransaction(db, () => db.exec('UPDATE settings SET document = document'))
  } catch (cause) {
    db.close()
    throw new StoreError('unavailable', `${file} cannot be had for this alone; is a control plane running on it?`, { cause })
  }
  return archiveOf(db, file, clock)
}

function archiveOf (db: DatabaseSync, file: string, clock: Clock): StoreArchive {
  const settings = settingOperations(db)
  const head = headRevision(db)
  const pages = new Map(archiveKinds.map(kind => [kind.name, openKind(db, kind)]))
  return {
    name: file,
    identity: async () => ({ id: settings.getSetting(idSetting)!, revision: head() }),
    takeIdentity: async ({ id, revision }) => inTransaction(db, () => {
      putSetting(db, idSetting, id)
      // An entry that touches nothing, after all that were: who holds the state before it lacks nothing, and whoever holds less needs everything.
      db.prepare('INSERT INTO changes (revision, at, touched) VALUES (?, ?, ?)').run(revision + 1, timestamp(clock), '[]')
    }),
    isEmpty: async () => head() === 0 && db.prepare('SELECT 1 FROM gateways LIMIT 1').get() === undefined,
    read: async (kind, after, limit) => pages.get(kind.name)!.read(after, limit),
    write: async (kind, records) => inTransaction(db, () => { for (const record of records) pages.get(kind.name)!.write(record) }),
    readProgress: async () => JSON.parse(settings.getSetting(progressSetting) ?? 'null') as CopyProgress | null,
    writeProgress: async progress => putSetting(db, progressSetting, progress === null ? null : JSON.stringify(progress)),
    close: async () => db.close()
  }
}

interface KindTable {
  read: (after: string | null, limit: number) => { records: ArchiveRecord[], next: string | null }
  write: (record: ArchiveRecord) => void
}

function openKind (db: DatabaseSync, kind: ArchiveKind): KindTable {
  const plain = [...kind.key, ...kind.columns]
  const json = [...kind.hasDocument ? ['document'] : [], ...kind.embedded]
  const columns = [...plain, ...json].join(', ')
  const key = kind.key.join(', ')
  const own = kind.name === 'settings' ? `name NOT IN (${ownSettings.map(name => `'${name}'`).join(', ')})` : 'TRUE'
  const first = db.prepare(`SELECT ${columns} FROM ${kind.name} WHERE ${own} ORDER BY ${key} LIMIT ?`)
  const later = db.prepare(`SELECT ${columns} FROM ${kind.name} WHERE ${own} AND (${key}) > (${kind.key.map(() => '?').join(', ')}) ORDER BY ${key} LIMIT ?`)
  // What is replaced takes along what hangs below it. Of that nothing is there yet: kinds come in the order in which they hang.
  const insert = db.prepare(`INSERT OR REPLACE INTO ${kind.name} (${columns}) VALUES (${[...plain, ...json].map(() => '?').join(', ')})`)
  const indexKeys = kind.name === 'environments' ? openKeyIndex(db) : () => {}
  return {
    read: (after, limit) => {
      const rows = after === null ? first.all(limit + 1) : later.all(...JSON.parse(after) as SQLInputValue[], limit + 1)
      const records = rows.slice(0, limit).map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, json.includes(name) ? parse(value) : value])))
      const last = records.at(-1)
      return { records, next: rows.length > limit && last !== undefined ? JSON.stringify(kind.key.map(name => last[name])) : null }
    },
    write: record => {
      insert.run(...plain.map(name => record[name] as SQLInputValue), ...json.map(name => JSON.stringify(record[name])))
      indexKeys(record)
    }
  }
}

/** `clientKeys` follows from what is embedded in environments. */
function openKeyIndex (db: DatabaseSync): (environment: ArchiveRecord) => void {
  const insert = db.prepare('INSERT INTO clientKeys (keyHash, gatewayId, environment, clientId) VALUES (?, ?, ?, ?)')
  return ({ gatewayId, name, clients }) => {
    for (const { id, keyHash, previousKey } of clients as ClientApp[]) {
      for (const hash of previousKey === null ? [keyHash] : [keyHash, previousKey.keyHash]) insert.run(hash, gatewayId as string, name as string, id)
    }
  }
}
