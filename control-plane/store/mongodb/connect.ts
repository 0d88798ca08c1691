import { MongoClient, type Db, type ReadConcernLevel, type W } from 'mongodb'
import { StoreError } from '../store.ts'
import { storeError } from './errors.ts'
import { watchMonitoring } from './monitoring.ts'

/** How long a server is looked for, a connection waited for, and an answer. */
const selectionTimeoutMs = 3_000
const connectTimeoutMs = 3_000
const answerTimeoutMs = 10_000

export interface ConnectOptions {
  /** How a server's own logs call it. */
  appName: string
  /** How many members must have a write before it is acknowledged, and which reads see it. */
  w: W
  readConcern: ReadConcernLevel
}

/**
 * Connects to the deployment that the url names, and settles what `settle` makes of it: where anything fails, nothing stays open.
 * @throws {StoreError} `unavailable` with a message for the operator; nothing of the url is in it, which has a password
 */
export async function connect<Result> (url: string, options: ConnectOptions, settle: (client: MongoClient, db: Db) => Promise<Result>): Promise<Result> {
  const client = createClient(url, options)
  watchMonitoring(client, { connectTimeoutMs })
  try {
    await client.connect()
    const db = databaseOf(client)
    await refuseStandalone(db)
    return await settle(client, db)
  } catch (error) {
    await client.close()
    throw storeError(error)
  }
}

function createClient (url: string, { appName, w, readConcern }: ConnectOptions): MongoClient {
  try {
    return new MongoClient(url, {
      appName,
      serverSelectionTimeoutMS: selectionTimeoutMs,
      connectTimeoutMS: connectTimeoutMs,
      socketTimeoutMS: answerTimeoutMs,
      waitQueueTimeoutMS: answerTimeoutMs,
      retryReads: true,
      retryWrites: true,
      readPreference: 'primary',
      readConcern: { level: readConcern },
      writeConcern: { w, wtimeoutMS: answerTimeoutMs },
      ignoreUndefined: true
    })
  } catch {
    // What the driver says of it quotes the url.
    throw new StoreError('unavailable', 'MONGODB_URL is no connection string, such as "mongodb://db-1,db-2,db-3/imprun?replicaSet=rs0"')
  }
}

/** `test` is the driver's word for none. */
function databaseOf (client: MongoClient): Db {
  return client.db(client.options.dbName === 'test' ? 'imprun' : client.options.dbName)
}

/** A server that stands alone has no transactions. */
async function refuseStandalone (db: Db): Promise<void> {
  const { setName, msg } = await db.admin().command({ hello: 1 })
  if (setName === undefined && msg !== 'isdbgrid') {
    throw new StoreError('unavailable', 'The MongoDB at MONGODB_URL is no replica set, and transactions need one; a single member is enough')
  }
}
