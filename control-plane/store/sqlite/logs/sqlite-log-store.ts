import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import type { LogStore } from '../../log-store.ts'
import type { EnvironmentRef } from '../../store.ts'
import { LogThread } from './client.ts'
import type { LogDatabaseOptions } from './database.ts'

export interface SqliteLogStoreOptions extends LogDatabaseOptions {
  clock: Clock
  logger: Logger
}

/** Logs in a file of their own, used by one process. It is opened when it is first needed. */
export function createSqliteLogStore ({ clock, logger, ...options }: SqliteLogStoreOptions): LogStore {
  const thread = new LogThread(options, logger)
  const listeners = new Map<string, Set<() => void>>()
  return {
    append: async batch => {
      for (const touched of await thread.call('append', batch, clock.now())) {
        for (const listener of listeners.get(keyOf(touched)) ?? []) listener()
      }
    },
    list: async (environment, query, page) => await thread.call('list', environment, query, page, clock.now()),
    position: async (environment, since) => await thread.call('position', environment, since, clock.now()),
    readOn: async (environment, after, filter) => await thread.call('readOn', environment, after, filter, clock.now()),
    trim: async () => await thread.call('trim', clock.now()),
    onAppend: (environment, listener) => {
      const key = keyOf(environment)
      const own = listeners.get(key) ?? new Set()
      listeners.set(key, own.add(listener))
      return () => {
        own.delete(listener)
        if (own.size === 0 && listeners.get(key) === own) listeners.delete(key)
      }
    },
    close: async () => await thread.close()
  }
}

function keyOf ({ gatewayId, environment }: EnvironmentRef): string {
  return `${gatewayId}/${environment}`
}
