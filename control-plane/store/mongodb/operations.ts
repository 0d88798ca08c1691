import type { Page, PageRequest, Store, StoreWriteName } from '../store.ts'
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

/** Of what was found in order, one more than a page has. */
export function toPage<Item> (found: Item[], { limit }: PageRequest, cursorOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? cursorOf(items.at(-1)!) : null }
}
