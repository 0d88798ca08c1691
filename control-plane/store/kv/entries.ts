import type { KvOperation } from '#shared/kv.ts'

export interface EntryHead {
  version: number
  /** Milliseconds since the epoch. */
  expiresAt: number | null
  /** What it counts for. */
  bytes: number
}

export interface StoredEntry extends EntryHead {
  /** JSON text. */
  value: string
}

/** How a change moves the sums of an environment. */
export interface UsageChange { keys: number, bytes: number }

/** The entries of one environment. `now` is the moment at which what has expired is not there; `null`: it is. */
export interface KvEntries {
  read: (key: string, now: number) => StoredEntry | null
  head: (key: string, now: number | null) => EntryHead | null
  put: (entry: StoredEntry & { key: string }) => void
  remove: (key: string) => void
  list: (request: KvListRequest, now: number) => KvList
  removeExpired: (now: number) => UsageChange
}

export type KvListRequest = Pick<Extract<KvOperation, { op: 'list' }>, 'prefix' | 'limit' | 'after'>
export interface KvList { keys: ListedKey[], next: string | null }
export interface ListedKey { key: string, expiresAt: number | null }

/** What is kept of an environment beside its entries. */
export interface KvSums { keys: number, bytes: number, lastVersion: number }

/** What an environment keeps, as one transaction sees and changes it. */
export interface KvUsage {
  readonly keys: number
  readonly bytes: number
  add: (change: UsageChange) => void
  /** Never given before, so that whoever compares versions also notices a key that was removed and made again. */
  nextVersion: () => number
}

/** Sums that are read once and written once. */
export interface KvBook { sums: KvSums, isChanged: boolean }

export function trackUsage (book: KvBook): KvUsage {
  const { sums } = book
  return {
    get keys () { return sums.keys },
    get bytes () { return sums.bytes },
    add: ({ keys, bytes }) => {
      if (keys === 0 && bytes === 0) return
      sums.keys += keys
      sums.bytes += bytes
      book.isChanged = true
    },
    nextVersion: () => {
      book.isChanged = true
      return ++sums.lastVersion
    }
  }
}

/** What was found in the order of the bytes, from the prefix or behind `after` on, at least one more than the limit where there is one more. */
export function listPage (found: ListedKey[], { prefix, limit }: KvListRequest): KvList {
  const end = found.findIndex(({ key }) => !key.startsWith(prefix))
  const fitting = (end === -1 ? found : found.slice(0, end)).slice(0, limit + 1)
  const keys = fitting.slice(0, limit)
  return { keys, next: fitting.length > limit ? keys.at(-1)!.key : null }
}

/** Where a list begins: keys with a prefix stand together in the order of their bytes, from the prefix on. */
export function listStart ({ prefix, after }: KvListRequest): { key: string, isInclusive: boolean } {
  const goesOn = after !== null && compareBytes(after, prefix) >= 0
  return goesOn ? { key: after, isInclusive: false } : { key: prefix, isInclusive: true }
}

/** As UTF-8, which is the order of code points; that of JavaScript's own comparison is another one. */
export function compareBytes (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
