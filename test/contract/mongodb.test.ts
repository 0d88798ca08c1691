import t from 'tap'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { openStoresIn } from './mongodb-open.ts'
import { storeContract } from './store.ts'

/** It is a stand-in for MongoDB, and slower. */
const timeoutMs = 300_000
t.setTimeout(timeoutMs)

const server = await startMongodbServer(t, { fsync: false })
storeContract(t, openStoresIn(mongodbDatabases(t, server.url)), { historySteps: 60 })
