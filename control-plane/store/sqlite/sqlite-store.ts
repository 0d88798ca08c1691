import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#shared/clock.ts'
import { kvLimits as standardKvLimits } from '#shared/kv.ts'
import { progressSetting, unfinishedCopy } from '../copy/archive.ts'
import type { KvStoreLimits } from '../kv/rules.ts'
import { maxClientsPerEnvironment, releasesRetained, standardScheduleRunLimits, StoreError, type ScheduleRunLimits, type Store } from '../store.ts'
import { clientOperations } from './clients.ts'
import { openWriter } from './connection.ts'
import { dataPlaneTokenOperations } from './data-plane-tokens.ts'
import { changeTimes, dataPlaneOperations } from './data-planes.ts'
import { deletedFunctionOperations, openDeletedFunctions } from './deleted-functions.ts'
import { environmentOperations } from './environments.ts'
import { closedError, guarded } from './errors.ts'
import { openFeed } from './feed.ts'
import { functionOperations } from './functions.ts'
import { gatewayOperations } from './gateways.ts'
import { kvOperations } from './kv.ts'
import type { Context, Operations } from './operations.ts'
import { createPing } from './ping.ts'
import { quotaOperations } from './quota-uses.ts'
import { releaseCountOperations } from './release-counts.ts'
import { createDeploy, releaseOperations } from './releases.ts'
import { scheduleRunOperations } from './schedule-runs.ts'
import { createSchema } from './schema.ts'
import { idSetting, putSetting, settingOperations } from './settings.ts'
import { openTables } from './tables.ts'
import { togetherOperation } from './together.ts'
import { createWriter, headRevision } from './transaction.ts'
import { upstreamOperations } from './upstreams.ts'
import { usageOperations } from './usage.ts'
import { variableOperations } from './variables.ts'
import { openVersions } from './versions.ts'

export interface SqliteStoreOptions {
  /** Made where it is not there, in a directory that is. */
  file: string
  clock: Clock
  /** How many entries `changes` keeps: a reader of the feed that is further behind gets a snapshot. */
  changesRetained?: number
  maxClients?: number
  releasesRetained?: number
  kvLimits?: KvStoreLimits
  scheduleRunLimits?: ScheduleRunLimits
  /** How long a reader of the feed may take nothing before its read ends with `unavailable`. */
  feedPauseMs?: number
}

/**
 * The embedded store: one SQLite file (with its `-wal` and `-shm` while it is open), written by one process.
 * @throws {StoreError} `unavailable` with a message for the operator, where the file cannot be used
 */
export async function openSqliteStore (options: SqliteStoreOptions): Promise<Store> {
  const db = openWriter(options.file)
  try {
    return guarded(() => buildStore(db, options))
  } catch (error) {
    db.close()
    throw error
  }
}

function buildStore (db: DatabaseSync, options: SqliteStoreOptions): Store {
  const { file, clock, changesRetained = 100_000, maxClients = maxClientsPerEnvironment, kvLimits = standardKvLimits, feedPauseMs = 30_000 } = options
  createSchema(db, () => {
    putSetting(db, idSetting, randomUUID())
  })
  const listeners = new Set<() => void>()
  // A listener's fault is not the writer's: what it throws is an uncaught exception of its own.
  const onCommit = (): void => { for (const listener of listeners) queueMicrotask(listener) }
  const context: Context = {
    db, tables: openTables(db), deferral: { isOn: false, parts: [] }, ...createWriter(db, { clock, changesRetained, onCommit })
  }
  const versions = openVersions(db)
  const deleted = openDeletedFunctions(db, clock)
  const deploy = createDeploy(context, versions, options.releasesRetained ?? releasesRetained)
  const settings = settingOperations(db)
  const id = settings.getSetting(idSetting)
  if (id === null) throw new StoreError('unavailable', `${file} has lost its id`)
  if (settings.getSetting(progressSetting) !== null) throw new StoreError('unavailable', unfinishedCopy(file))
  const feed = openFeed(file, id, feedPauseMs)
  const revision = headRevision(db)
  const gatewayParts = {
    ...gatewayOperations(context),
    ...environmentOperations(context),
    ...clientOperations(context, maxClients),
    ...variableOperations(context),
    ...upstreamOperations(context),
    ...functionOperations(context, versions, deleted, deploy),
    ...releaseOperations(context, deploy)
  }
  const operations: Operations = {
    revision,
    ping: createPing(db, file),
    ...gatewayParts,
    ...deletedFunctionOperations(deleted),
    ...togetherOperation(context, gatewayParts, revision),
    ...kvOperations(db, { clock, limits: kvLimits }),
    ...scheduleRunOperations(db, clock, options.scheduleRunLimits ?? standardScheduleRunLimits),
    ...releaseCountOperations(db),
    ...quotaOperations(db),
    ...usageOperations(db, clock),
    ...changeTimes(db),
    ...dataPlaneOperations(db),
    ...dataPlaneTokenOperations(db),
    ...settings
  }
  return {
    id,
    ...asynchronous(operations, db),
    readFeed: feed.read,
    onCommit: listener => {
      const own = (): void => listener()
      listeners.add(own)
      return () => { listeners.delete(own) }
    },
    close: async () => {
      feed.close()
      if (db.isOpen) db.close()
    }
  }
}

/** Puts promises around operations; what they throw becomes a rejection, faults of the file a `StoreError`. */
function asynchronous (operations: Operations, db: DatabaseSync): Pick<Store, keyof Operations> {
  const wrap = (operation: (...args: never[]) => unknown) => async (...args: never[]): Promise<unknown> => {
    if (!db.isOpen) throw closedError()
    return guarded(() => operation(...args))
  }
  const entries = Object.entries(operations).map(([name, operation]) => [name, wrap(operation)])
  return Object.fromEntries(entries) as Pick<Store, keyof Operations>
}
