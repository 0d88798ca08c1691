import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'

/** Raised with every change of the tables. Logs are not carried over: a file of another version is set aside. */
const schemaVersion = 1
/** `PRAGMA application_id`, "impl". */
const applicationId = 0x696d706c

/**
 * A line's place is its number within its environment; `id` is the order over all environments, by which age is found.
 * `birth` tells an environment's numbers from those in a file before this one. `bytes` is what the lines of an environment take, about.
 * Each index ends with what its queries are sorted by.
 */
const tables = `
  CREATE TABLE environments (
    id INTEGER PRIMARY KEY,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    birth TEXT NOT NULL,
    last INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (gatewayId, environment)
  ) STRICT;
  CREATE TABLE lines (
    id INTEGER PRIMARY KEY,
    environment INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    level INTEGER NOT NULL,
    functionName TEXT,
    versionId TEXT,
    requestId TEXT,
    bytes INTEGER NOT NULL,
    message TEXT NOT NULL,
    fields TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX linesByNumber ON lines (environment, number);
  CREATE INDEX linesByTime ON lines (environment, time, number);
  CREATE INDEX linesByFunction ON lines (environment, functionName, time, number) WHERE functionName IS NOT NULL;
  CREATE INDEX linesByRequest ON lines (environment, requestId, time, number) WHERE requestId IS NOT NULL;
  CREATE INDEX severeLinesByTime ON lines (environment, time, number) WHERE level >= 2;
  CREATE TABLE origins (
    origin TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT;
`

/** The file is whole, and holds something else. */
export class ForeignFile extends Error {
  override readonly name = 'ForeignFile'
}

/** Makes the tables in an empty file. @throws {ForeignFile} */
export function settleSchema (db: DatabaseSync): void {
  inTransaction(db, () => {
    const isEmpty = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()!.count === 0
    if (isEmpty) {
      db.exec(tables)
      db.exec(`PRAGMA application_id = ${applicationId}`)
      db.exec(`PRAGMA user_version = ${schemaVersion}`)
    } else if (pragma(db, 'application_id') !== applicationId || pragma(db, 'user_version') !== schemaVersion) {
      throw new ForeignFile('The file holds no logs of this version')
    }
  })
}

function pragma (db: DatabaseSync, name: 'user_version' | 'application_id'): unknown {
  return db.prepare(`PRAGMA ${name}`).get()![name]
}
