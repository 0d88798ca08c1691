import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import { storeContract } from './store.ts'

storeContract(t, async (t, { clock = systemClock, ...options } = {}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'imprun-store-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'store.db')
  let store = await openSqliteStore({ file, clock, ...options })
  t.teardown(() => store.close())
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openSqliteStore({ file, clock, ...options })
      return store
    }
  }
})
