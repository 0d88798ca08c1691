import type { Test } from 'tap'
import type { Clock } from '#shared/clock.ts'
import type { Page, PageRequest, Store } from '../../control-plane/store/store.ts'

export interface ContractOptions {
  clock?: Clock
  changesRetained?: number
  maxClients?: number
  releasesRetained?: number
  /** Of one environment's key-value store. */
  kvLimits?: { keys: number, totalBytes: number }
}

/** A new, empty store; it is closed and taken away with the test. */
export type OpenStore = (t: Test, options?: ContractOptions) => Promise<OpenedStore>

export interface OpenedStore {
  store: Store
  /** Closes it and opens what it has kept, as a restarted process does. */
  reopen: () => Promise<Store>
}

/** Reads page after page; the pages are the caller's to judge. */
export async function readPages<Item> (list: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<Item[][]> {
  const pages: Item[][] = []
  let after: string | null = null
  do {
    const page: Page<Item> = await list({ limit, after })
    pages.push(page.items)
    after = page.next
  } while (after !== null)
  return pages
}

export const firstPage: PageRequest = { limit: 1_000, after: null }
