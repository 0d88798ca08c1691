import t from 'tap'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { logStoreContract } from './log-store.ts'
import { openLogStoresIn } from './mongodb-open.ts'

/** It is a stand-in for MongoDB, and slower. */
const timeoutMs = 180_000
t.setTimeout(timeoutMs)

const server = await startMongodbServer(t, { fsync: false })
logStoreContract(t, openLogStoresIn(mongodbDatabases(t, server.url)))
