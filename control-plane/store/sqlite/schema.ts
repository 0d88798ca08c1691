import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '#shared/sqlite-transaction.ts'
import { StoreError } from '../store.ts'

/** `PRAGMA application_id`, "impr": tells our files from any other SQLite file. */
export const applicationId = 0x696d7072

/**
 * A document is JSON text in the shape of `documents.ts`, and the columns beside it are what it is found by. What is embedded in a
 * document but must not be read along with it has a column of its own, after the rest: SQLite does not touch the pages of a column
 * that a query does not name.
 *
 * `clientKeys` is an index, kept in the transaction that changes an environment's clients: hash of a current or overlapping key → client.
 */
const firstTables = `
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

/**
 * What `ctx.kv` keeps. The value stands last, so that lists and sweeps leave its pages alone. `bytes` is what an entry counts for, and
 * `kvUsage` the sum, kept in the transaction that changes the entries; expired ones count in it until they are removed.
 */
const kvTables = `
  CREATE TABLE kvEntries (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    expiresAt INTEGER,
    bytes INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (gatewayId, environment, key),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX kvEntriesByExpiry ON kvEntries (expiresAt) WHERE expiresAt IS NOT NULL;
  CREATE INDEX kvEntriesOfEnvironmentByExpiry ON kvEntries (gatewayId, environment, expiresAt) WHERE expiresAt IS NOT NULL;
  CREATE TABLE kvUsage (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    keys INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    lastVersion INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, environment),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
`

/** Runs of schedules: their ids are in the order of their due times, of which each schedule has each once. */
const scheduleTables = `
  CREATE TABLE scheduleRuns (
    id TEXT PRIMARY KEY,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    functionName TEXT NOT NULL,
    schedule TEXT NOT NULL,
    scheduledAt TEXT NOT NULL,
    status TEXT NOT NULL,
    deadlineAt TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (gatewayId, environment, functionName, schedule, scheduledAt),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX scheduleRunsByEnvironment ON scheduleRuns (gatewayId, environment, id);
  CREATE INDEX scheduleRunsByTime ON scheduleRuns (scheduledAt);
  CREATE INDEX scheduleRunsByDeadline ON scheduleRuns (deadlineAt) WHERE status = 'running';
`

/** Environments serve canaries and previews beside their release, and a release knows which one was served before it. */
const servingDocuments = `
  UPDATE environments SET document = json_set(document,
    '$.lastRelease', coalesce(json_extract(document, '$.release'), 0), '$.canary', NULL, '$.lastCanary', NULL, '$.previews', json('[]'));
  UPDATE releases SET document = json_set(document, '$.use', 'serve', '$.basedOn', CASE WHEN number > 1 THEN number - 1 END);
`

/** A name that is here is no existing function's. */
const deletedFunctionTables = `
  CREATE TABLE deletedFunctions (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE,
    name TEXT NOT NULL,
    restorableUntil TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (gatewayId, name)
  ) STRICT;
  CREATE INDEX deletedFunctionsByTime ON deletedFunctions (restorableUntil);
`

/** Counts of what releases answer while there is a canary; and what sweeps look for, and retention, without reading every document. */
const canaryTables = `
  CREATE TABLE releaseCounts (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    release INTEGER NOT NULL,
    step INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, environment, release, step),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX releaseCountsByStep ON releaseCounts (step);
  CREATE INDEX environmentsWithPreviews ON environments (gatewayId, name) WHERE json_array_length(document, '$.previews') > 0;
  CREATE INDEX releasesButPreviews ON releases (gatewayId, environment, number) WHERE json_extract(document, '$.use') <> 'preview';
`

/** What is in use. `route` is path, method and function; it stands before the day, so that the days of a route are next to each other. */
const usageTables = `
  CREATE TABLE routeUsage (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    route TEXT NOT NULL,
    day TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (gatewayId, environment, route, day),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX routeUsageByDay ON routeUsage (day);
  CREATE TABLE variableReads (
    gatewayId TEXT NOT NULL,
    functionName TEXT NOT NULL,
    environment TEXT NOT NULL,
    versionId TEXT NOT NULL,
    seenAt TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (gatewayId, functionName, environment, versionId),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX variableReadsByTime ON variableReads (seenAt);
  CREATE INDEX variableReadsByEnvironment ON variableReads (gatewayId, environment);
`

/** Embedded, like clients and variables. */
const upstreamColumn = `
  ALTER TABLE environments ADD COLUMN upstreams TEXT NOT NULL DEFAULT '[]';
`

/** What data planes say of themselves, and the tokens under which they may. */
const dataPlaneTables = `
  CREATE TABLE dataPlanes (
    id TEXT PRIMARY KEY,
    seenAt TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dataPlanesByTime ON dataPlanes (seenAt);
  CREATE TABLE dataPlaneTokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tokenHash TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  ) STRICT;
`

/** What data planes have spent of quotas: of each period and ledger all of it. */
const quotaTables = `
  CREATE TABLE quotaUses (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    ledger TEXT NOT NULL,
    endsAt INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, environment, subject, period, ledger),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX quotaUsesByEnd ON quotaUses (endsAt);
`

/** Each leads from the version that is its index to the next one; what has been released is never changed. */
export const schemaSteps: readonly string[] = [firstTables, kvTables, scheduleTables, servingDocuments, deletedFunctionTables, canaryTables, usageTables, upstreamColumn, dataPlaneTables, quotaTables]
/** A file of a higher one was written by a newer imprun. */
export const schemaVersion = schemaSteps.length

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

/** Makes the tables that are not there, all of them or none. `init` runs in the transaction that makes the first ones. */
export function createSchema (db: DatabaseSync, init: () => void): void {
  inTransaction(db, () => {
    const isNew = count(db) === 0
    const missing = schemaSteps.slice(isNew ? 0 : pragma(db, 'user_version'))
    for (const step of missing) db.exec(step)
    if (missing.length > 0) db.exec(`PRAGMA user_version = ${schemaVersion}`)
    if (!isNew) return
    db.exec(`PRAGMA application_id = ${applicationId}`)
    init()
  })
}

function count (db: DatabaseSync): number {
  return db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()!.count as number
}

function pragma (db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return db.prepare(`PRAGMA ${name}`).get()![name] as number
}
