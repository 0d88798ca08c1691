import { systemClock } from '#shared/clock.ts'
import { createMongoLogStore } from '../../control-plane/store/mongodb/logs/mongo-log-store.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import type { MongodbDatabases } from '../support/mongodb-databases.ts'
import type { OpenStore } from './harness.ts'
import type { OpenLogStore } from './log-store.ts'

/** What the contracts want, on whichever server: each store in a database of its own. */
export function openStoresIn (databases: MongodbDatabases): OpenStore {
  return async (t, { clock = systemClock, ...options } = {}) => {
    const url = await databases.take(t)
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
  }
}

export function openLogStoresIn (databases: MongodbDatabases): OpenLogStore {
  return async (t, options) => {
    const url = await databases.take(t)
    let logStore = createMongoLogStore({ url, ...options })
    t.teardown(async () => await logStore.close())
    return {
      logStore,
      reopen: async () => {
        await logStore.close()
        logStore = createMongoLogStore({ url, ...options })
        return logStore
      }
    }
  }
}
