import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'

/** Raised with every change of the tables; a file of a higher one was written by a newer imprun. */
export const schemaVersion = 1
/** `PRAGMA application_id`, "impr": tells our files from any other SQLite file. */
const applicationId = 0x696d7072

/**
 * A document is JSON text in the shape of `documents.ts`, and the columns beside it are what it is found by. What is embedded in a
 * document but must not be read along with it has a column of its own, after the rest: SQLite does not touch the pages of a column
 * that a query does not name.
 *
 * `clientKeys` is an index, kept in the transaction that changes an environment's clients: hash of a current or overlapping key → client.
 */
const tables = `
  CREATE TABLE gateways (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE environments (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    variables TEXT NOT NULL DEFAULT '[]',
    clients TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (gatewayId, name)
  ) STRICT;
  CREATE TABLE clientKeys (
    keyHash TEXT PRIMARY KEY,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    clientId TEXT NOT NULL,
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX clientKeysByClient ON clientKeys (gatewayId, environment, clientId);
  CREATE TABLE functions (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (gatewayId, name)
  ) STRICT;
  CREATE TABLE functionVersions (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE,
    functionName TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    bundle TEXT NOT NULL,
    sourceMap TEXT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (gatewayId, functionName, id),
    UNIQUE (gatewayId, functionName, number)
  ) STRICT;
  CREATE TABLE releases (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (gatewayId, environment, number),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE changes (
    revision INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    touched TEXT NOT NULL
  ) STRICT;
  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;
`

/** @throws {StoreError} `unavailable` for a file that is another program's, or a newer imprun's */
export function checkSchema (db: DatabaseSync, file: string): void {
  const version = pragma(db, 'user_version')
  if (pragma(db, 'application_id') !== applicationId) {
    if (count(db) === 0) return
    throw new StoreError('unavailable', `${file} is not a store of imprun`)
  }
  if (version > schemaVersion) {
    throw new StoreError('unavailable', `${file} was written by a newer imprun (schema ${version}; this one knows ${schemaVersion})`)
  }
}

/** Makes the tables unless they are there, all of them or none. `init` runs in the transaction that makes them. */
export function createSchema (db: DatabaseSync, init: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    if (count(db) === 0) {
      db.exec(tables)
      db.exec(`PRAGMA application_id = ${applicationId}`)
      db.exec(`PRAGMA user_version = ${schemaVersion}`)
      init()
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function count (db: DatabaseSync): number {
  return db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()!.count as number
}

function pragma (db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return db.prepare(`PRAGMA ${name}`).get()![name] as number
}
