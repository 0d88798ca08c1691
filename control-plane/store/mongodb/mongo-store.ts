import { randomUUID } from 'node:crypto'
import type { Db, MongoClient } from 'mongodb'
import type { Clock } from '#shared/clock.ts'
import { kvLimits as standardKvLimits } from '#shared/kv.ts'
import type { ApiGateway, CloudFunction, Environment, Release } from '../documents.ts'
import { progressSetting, unfinishedCopy } from '../copy/archive.ts'
import type { KvStoreLimits } from '../kv/rules.ts'
import { maxClientsPerEnvironment, releasesRetained, standardScheduleRunLimits, StoreError, type ScheduleRunLimits, type Store, type StoreWriteName } from '../store.ts'
import { clientOperations } from './clients.ts'
import { collectionsOf } from './collections.ts'
import { createCommits } from './commits.ts'
import { connect } from './connect.ts'
import { dataPlaneTokenOperations } from './data-plane-tokens.ts'
import { dataPlaneOperations } from './data-planes.ts'
import { openDeletedFunctions } from './deleted-functions.ts'
import { openDocuments } from './documents.ts'
import { environmentOperations } from './environments.ts'
import { closedError, storeError } from './errors.ts'
import { openFeed } from './feed.ts'
import { functionOperations } from './functions.ts'
import { gatewayOperations } from './gateways.ts'
import { initHead, readHead } from './heads.ts'
import { kvOperations } from './kv.ts'
import type { Context, Operations, Writes } from './operations.ts'
import { patienceMs, within } from './patience.ts'
import { createPing } from './ping.ts'
import { quotaOperations } from './quota-uses.ts'
import { releaseCountOperations } from './release-counts.ts'
import { createDeploy, releaseOperations } from './releases.ts'
import { scheduleRunOperations } from './schedule-runs.ts'
import { collectionSchemas, createSchema } from './schema.ts'
import { idSetting, settingOperations } from './settings.ts'
import { carryOutTogether } from './together.ts'
import { createTransactions, createWriter, type Write } from './transaction.ts'
import { upstreamOperations } from './upstreams.ts'
import { usageOperations } from './usage.ts'
import { variableOperations } from './variables.ts'
import { openVersions } from './versions.ts'

export interface MongoStoreOptions {
  /** Connection string; its path names the database, `imprun` where it has none. */
  url: string
  clock: Clock
  /** How many entries `changes` keeps: a reader of the feed that is further behind gets a snapshot. */
  changesRetained?: number
  maxClients?: number
  releasesRetained?: number
  kvLimits?: KvStoreLimits
  scheduleRunLimits?: ScheduleRunLimits
  /** How often commits of other control planes are looked for, where no change stream tells of them. */
  pollMs?: number
}

/** How long a transaction is begun anew. */
const transactionBudgetMs = 10_000

/**
 * The store in a MongoDB replica set, which any number of control planes share.
 * @throws {StoreError} `unavailable` with a message for the operator, where the database cannot be used
 */
export async function openMongoStore (options: MongoStoreOptions): Promise<Store> {
  return await connect(options.url, { appName: 'imprun', w: 'majority', readConcern: 'majority' }, async (client, db) => await buildStore(client, db, options))
}

async function buildStore (client: MongoClient, db: Db, options: MongoStoreOptions): Promise<Store> {
  const { clock, changesRetained = 100_000, pollMs = 250 } = options
  await createSchema(db, collectionSchemas)
  const collections = collectionsOf(db)
  await initHead(collections)
  const settings = settingOperations(collections)
  if (await settings.getSetting(progressSetting) !== null) throw new StoreError('unavailable', unfinishedCopy(`The database ${db.databaseName}`))
  const id = await settings.initSetting(idSetting, randomUUID())
  const commits = createCommits({ collections, pollMs, revision: await readHead(collections) })
  const inTransaction = createTransactions(client, transactionBudgetMs)
  const context: Context = {
    collections,
    gateways: openDocuments<ApiGateway>(collections.named('gateways')),
    environments: openDocuments<Environment>(collections.named('environments'), ['clients', 'variables', 'upstreams', 'turns']),
    functions: openDocuments<CloudFunction>(collections.named('functions')),
    releases: openDocuments<Release>(collections.named('releases')),
    inTransaction
  }
  const write = createWriter({ collections, inTransaction, clock, changesRetained, onCommit: commits.made })
  const versions = openVersions(collections)
  const { reads, writes, addClients } = partsOf(context, versions, options)
  const feed = openFeed(client, context, versions, id)
  const revision = async (): Promise<number> => await readHead(collections)
  let isClosed = false
  const asked: Operations = { revision, ping: createPing(collections), ...reads, ...settings }
  const written: Pick<Store, StoreWriteName | 'writeTogether'> = {
    ...asWrites(writes, write),
    writeTogether: async all => {
      if (all.length === 0) return await revision()
      return await write(async transaction => {
        await carryOutTogether(transaction, { ...writes, addClients }, all)
        return transaction.revision
      })
    }
  }
  return {
    id,
    ...guarded(asked, () => isClosed, answer => within(patienceMs, answer)),
    ...guarded(written, () => isClosed),
    readFeed: feed.read,
    onCommit: commits.onCommit,
    close: async () => {
      if (isClosed) return
      isClosed = true
      feed.close()
      await commits.close()
      await client.close()
    }
  }
}

function partsOf (context: Context, versions: ReturnType<typeof openVersions>, options: MongoStoreOptions) {
  const { clock, maxClients = maxClientsPerEnvironment, kvLimits = standardKvLimits, scheduleRunLimits = standardScheduleRunLimits } = options
  const deploy = createDeploy(context, options.releasesRetained ?? releasesRetained)
  const deleted = openDeletedFunctions(context.collections, clock)
  const parts = [
    gatewayOperations(context),
    environmentOperations(context),
    clientOperations(context, maxClients),
    variableOperations(context),
    upstreamOperations(context),
    functionOperations(context, versions, deleted, deploy),
    releaseOperations(context, deploy)
  ] as const
  const [gateways, environments, clients, variables, upstreams, functions, releases] = parts
  const beside = {
    ...deleted.reads,
    ...kvOperations(context, clock, kvLimits),
    ...scheduleRunOperations(context, clock, scheduleRunLimits),
    ...releaseCountOperations(context),
    ...quotaOperations(context),
    ...usageOperations(context, clock),
    ...dataPlaneOperations(context.collections),
    ...dataPlaneTokenOperations(context.collections)
  }
  return {
    reads: {
      ...gateways.reads, ...environments.reads, ...clients.reads, ...variables.reads, ...upstreams.reads, ...functions.reads, ...releases.reads, ...beside
    },
    writes: {
      ...gateways.writes, ...environments.writes, ...clients.writes, ...variables.writes, ...upstreams.writes, ...functions.writes, ...releases.writes
    } satisfies Writes,
    addClients: clients.addClients
  }
}

/** Each in a transaction of its own. */
function asWrites (writes: Writes, write: Write): Pick<Store, StoreWriteName> {
  const entries = Object.entries(writes).map(([name, operation]) => [
    name, async (...args: unknown[]) => await write(async transaction => await (operation as (...args: unknown[]) => Promise<unknown>)(transaction, ...args))
  ])
  return Object.fromEntries(entries) as Pick<Store, StoreWriteName>
}

/** What the driver throws becomes a `StoreError` where the database is to blame. */
function guarded<Parts extends object> (operations: Parts, isClosed: () => boolean, bounded: (answer: Promise<unknown>) => Promise<unknown> = answer => answer): Parts {
  const wrap = (operation: (...args: unknown[]) => Promise<unknown>) => async (...args: unknown[]): Promise<unknown> => {
    if (isClosed()) throw closedError()
    try {
      return await bounded(operation(...args))
    } catch (error) {
      throw storeError(error)
    }
  }
  return Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, wrap(operation as (...args: unknown[]) => Promise<unknown>)])) as Parts
}
