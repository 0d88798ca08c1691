import path from 'node:path'
import { summedColumns, sumMask } from './checksum.ts'
import { metaSum } from './meta.ts'

/** Where the replica is kept: readable by this user alone, since it holds the variables of environments. */
export function replicaFile (dataDir: string): string {
  return path.join(dataDir, 'replica.sqlite')
}

/** What stands beside the replica: `replica.previous.sqlite` and so on. */
export function besideReplica (file: string, name: 'previous' | 'next' | 'copy' | 'unusable'): string {
  const { dir, name: stem, ext } = path.parse(file)
  return path.join(dir, `${stem}.${name}${ext}`)
}

/** In the place of something that was refused, and of which nothing good is known. Its clients hang below it all the same. */
export const unusable = 'null'

/** `impr` in ASCII: tells our file from another program's database. */
export const applicationId = 0x69_6d_70_72
/** True of an environment with schedules, as `JSON.stringify` writes it. A text of a tenant that looks alike costs one look. */
export const hasSchedules = 'instr(value, \'"schedules":[{\') > 0'
/** To be raised with every change of the tables, or of what their values hold. A replica of another version is fetched anew, never migrated: it is a copy. */
export const schemaVersion = 8

/**
 * Everything hangs below its gateway and its environment by foreign keys, so what belongs to a removed one cannot stay behind, and a
 * batch that lacks something (a client's environment, a route's function version) cannot be committed. They are checked at the commit
 * because the feed does not promise the order within a batch.
 */
export const schema = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store TEXT,
    revision INTEGER NOT NULL,
    scope TEXT,
    contents INTEGER NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, NULL, 0, NULL, 0, ${metaSum({ store: null, revision: 0, scope: null, contents: 0 })});

  CREATE TABLE gateways (
    id TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE environments (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, name)
  ) STRICT;
  CREATE INDEX scheduledEnvironments ON environments (gatewayId, name) WHERE ${hasSchedules};

  CREATE TABLE clients (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    clientId TEXT NOT NULL,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, environment, clientId),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE clientHandles (
    handle TEXT PRIMARY KEY,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    clientId TEXT NOT NULL,
    sum INTEGER NOT NULL,
    FOREIGN KEY (gatewayId, environment, clientId) REFERENCES clients ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX handlesByClient ON clientHandles (gatewayId, environment, clientId);

  CREATE TABLE keys (
    keyHash TEXT PRIMARY KEY,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    clientId TEXT NOT NULL,
    apiKeyId TEXT NOT NULL,
    expiresAt INTEGER,
    sum INTEGER NOT NULL,
    FOREIGN KEY (gatewayId, environment, clientId) REFERENCES clients ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keysByClient ON keys (gatewayId, environment, clientId);

  CREATE TABLE functionVersions (
    gatewayId TEXT NOT NULL REFERENCES gateways ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    versionId TEXT NOT NULL,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL,
    unusedSince INTEGER,
    PRIMARY KEY (gatewayId, versionId)
  ) STRICT;
  CREATE INDEX unusedFunctionVersions ON functionVersions (unusedSince) WHERE unusedSince IS NOT NULL;

  CREATE TABLE releasedVersions (
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    versionId TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (gatewayId, environment, versionId),
    FOREIGN KEY (gatewayId, environment) REFERENCES environments ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (gatewayId, versionId) REFERENCES functionVersions ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX releasedVersionsByVersion ON releasedVersions (gatewayId, versionId);

  CREATE TABLE refusals (
    kind TEXT NOT NULL,
    gatewayId TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (gatewayId, environment, kind, id)
  ) STRICT, WITHOUT ROWID;

  ${Object.keys(summedColumns).map(addUp).join('')}
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`

/** Whatever writes a row, cascades included, its sum is in `meta` within the same transaction. */
function addUp (table: string): string {
  const set = (contents: string): string => `UPDATE meta SET contents = (${contents}) & ${sumMask}`
  return `
  CREATE TRIGGER ${table}Added AFTER INSERT ON ${table} BEGIN ${set('contents + NEW.sum')}; END;
  CREATE TRIGGER ${table}Changed AFTER UPDATE OF sum ON ${table} BEGIN ${set('contents - OLD.sum + NEW.sum')}; END;
  CREATE TRIGGER ${table}Removed AFTER DELETE ON ${table} BEGIN ${set('contents - OLD.sum')}; END;
`
}
