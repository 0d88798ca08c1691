import { StoreError, type Page, type PageRequest, type Store, type StoreWriteName } from '../store.ts'
import type { ApiGateway, CloudFunction, Environment, Release } from '../documents.ts'
import type { Collections } from './collections.ts'
import type { Documents } from './documents.ts'
import type { InTransaction, Transaction } from './transaction.ts'

/** What every part works with. */
export interface Context {
  collections: Collections
  gateways: Documents<ApiGateway>
  environments: Documents<Environment>
  functions: Documents<CloudFunction>
  releases: Documents<Release>
  inTransaction: InTransaction
}

/** Reads, and what makes no revision. */
export type Operations = Omit<Store, 'id' | 'close' | 'readFeed' | 'onCommit' | 'writeTogether' | StoreWriteName>

/** What makes a revision, within a transaction that others may share. */
export type Writes = {
  [Name in StoreWriteName]: (transaction: Transaction, ...args: Parameters<Store[Name]>) => ReturnType<Store[Name]>
}

/** The document, if it is there and as the caller has read it. */
export function expectRevision<Document extends { revision: number }> (document: Document | null | undefined, expected: number, kind: string): Document {
  if (document === null || document === undefined) throw missing(kind)
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

/** Of what was found in order, one more than a page has. */
export function toPage<Item> (found: Item[], { limit }: PageRequest, cursorOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? cursorOf(items.at(-1)!) : null }
}

/** What a cursor that is no number stands for: nothing comes after it. */
export function numberCursor (after: string | null): number {
  if (after === null) return Number.MAX_SAFE_INTEGER
  const number = Number(after)
  return Number.isSafeInteger(number) ? number : 0
}
