import t from 'tap'
import { createMongoLogStore } from '../../control-plane/store/mongodb/logs/mongo-log-store.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { logStoreContract } from './log-store.ts'

const server = await startMongodbServer(t, { fsync: false })
const databases = mongodbDatabases(t, server.url)

logStoreContract(t, async (t, options) => {
  const url = databases.take(t)
  await databases.empty(url)
  const open = () => createMongoLogStore({ url, ...options })
  let logStore = open()
  t.teardown(async () => await logStore.close())
  return {
    logStore,
    reopen: async () => {
      await logStore.close()
      logStore = open()
      return logStore
    }
  }
})
