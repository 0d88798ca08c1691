import t from 'tap'
import { readConfig } from '#shared/config.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { logStoreContract } from './log-store.ts'
import { openLogStoresIn, openStoresIn } from './mongodb-open.ts'
import { storeContract } from './store.ts'

/** `MONGODB_URL=mongodb://… npx tap test/contract/mongodb-replica-set.test.ts`: in databases of its own, called imprun-test-…, dropped at the end. */
const { mongodbUrl } = readConfig()
if (mongodbUrl !== null) t.setTimeout(1_200_000)
const skip = mongodbUrl === null && 'MONGODB_URL names no replica set'

t.test('the contract of the store, on the replica set at MONGODB_URL', { skip }, async t => {
  storeContract(t, openStoresIn(mongodbDatabases(t, mongodbUrl!)))
})

t.test('the contract of the logs, on the replica set at MONGODB_URL', { skip }, async t => {
  logStoreContract(t, openLogStoresIn(mongodbDatabases(t, mongodbUrl!)))
})
