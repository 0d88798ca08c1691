import type { DatabaseSync } from 'node:sqlite'
import { StoreError, type Store } from '../store.ts'
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

/** The document, if it is there and as the caller has read it. */
export function expectRevision<Document extends { revision: number }> (document: Document | null, expected: number, kind: string): Document {
  if (document === null) throw missing(kind)
  if (document.revision !== expected) {
    throw new StoreError('revision_mismatch', `The ${kind} is at revision ${document.revision}, not ${expected}`)
  }
  return document
}

export function missing (kind: string): StoreError {
  return new StoreError('not_found', `There is no such ${kind}`, { field: kind })
}

export function taken (kind: string, field: string): StoreError {
  return new StoreError('exists', `Another ${kind} has this ${field}`, { field })
}
