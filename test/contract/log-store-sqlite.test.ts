import path from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { createSqliteLogStore } from '../../control-plane/store/sqlite/logs/sqlite-log-store.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { logStoreContract } from './log-store.ts'

logStoreContract(t, async (t, options) => {
  const file = path.join(temporaryDirectory(t), 'logs.sqlite')
  const open = () => createSqliteLogStore({ file, logger: pino({ level: 'silent' }), ...options })
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
