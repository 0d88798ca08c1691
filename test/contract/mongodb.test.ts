import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { storeContract } from './store.ts'

// It is a stand-in for MongoDB, and slower.
t.setTimeout(180_000)

const server = await startMongodbServer(t, { fsync: false })
const databases = mongodbDatabases(t, server.url)

storeContract(t, async (t, { clock = systemClock, ...options } = {}) => {
  const url = databases.take(t)
  await databases.empty(url)
  let store = await openMongoStore({ url, clock, ...options })
  t.teardown(async () => await store.close())
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openMongoStore({ url, clock, ...options })
      return store
    }
  }
}, { historySteps: 100 })
