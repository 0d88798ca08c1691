import type { DatabaseSync } from 'node:sqlite'
import type { Store } from '../store.ts'
import type { Tables } from './tables.ts'
import type { Deferral } from './together.ts'
import type { Writer } from './transaction.ts'

type OperationName = Exclude<keyof Store, 'id' | 'close' | 'readFeed' | 'onCommit'>

/** What a store does in one step. SQLite answers at once, so an adapter's parts are synchronous; promises are put around them in one place. */
export type Operations = {
  [Name in OperationName]: (...args: Parameters<Store[Name]>) => Awaited<ReturnType<Store[Name]>>
}

/** What every part works with. */
export interface Context extends Writer {
  db: DatabaseSync
  tables: Tables
  deferral: Deferral
}
