import type { LogBatch, LogLevel, LogLine } from '#shared/logs.ts'
import type { EnvironmentRef, Page, PageRequest } from './store.ts'

/**
 * What functions said, kept apart from the store: there is much of it, and none of it is worth waiting for. Every adapter passes
 * `test/contract/log-store.ts`.
 *
 * - The lines of an environment are numbered in the order in which they came. A position is a place in that order; what it means is
 *   the adapter's.
 * - Lines are forgotten when they are too old, and when there are too many bytes of them: then the gateway that has the most loses its
 *   oldest ones, so that nobody loses lines because others talk a lot.
 * - Times are milliseconds since the epoch. A line is never later than its arrival.
 * - Everything throws `StoreError` `unavailable` where nothing can be read or written at the moment.
 */
export interface LogStore {
  /** Nothing happens where it has the batch already. */
  append: (batch: LogBatch) => Promise<void>
  /**
   * By time. A page ends early, also empty, after so many lines have been looked at: its `next` is where to go on.
   */
  list: (environment: EnvironmentRef, query: LogQuery, page: PageRequest) => Promise<Page<StoredLine>>
  /** Of the last line that has come, or with `since` of the one before the first line of that time or later. */
  position: (environment: EnvironmentRef, since: number | null) => Promise<string>
  /** What has come after a position, in the order of arrival. It ends early, as `list` does. */
  readOn: (environment: EnvironmentRef, after: string, filter: LogFilter) => Promise<LogPassage>
  /** Calls back after lines of an environment have come, as far as this process has learnt of it. Returns the way to stop it. */
  onAppend: (environment: EnvironmentRef, listener: () => void) => () => void
  /** Forgets some of what is to be forgotten. true: there is more of it. */
  trim: () => Promise<boolean>
  close: () => Promise<void>
}

/** What positions and the cursors of lists look like. */
export const positionPattern = '^(?:new|[0-9a-f]{12})-\\d{1,15}$'
export const cursorPattern = '^\\d{1,15}\\.\\d{1,15}$'

/** All conditions hold at once; `null`: any. */
export interface LogFilter {
  functionName: string | null
  /** This level and the more severe ones. */
  minLevel: LogLevel
  requestId: string | null
  /** Inclusive. */
  since: number
  /** In the message or the fields, in upper or lower case. */
  contains: string | null
}

export interface LogQuery extends LogFilter {
  /** Inclusive. */
  until: number | null
  order: 'asc' | 'desc'
}

export interface StoredLine extends Omit<LogLine, 'gatewayId' | 'environment'> {
  position: string
}

export interface LogPassage {
  lines: StoredLine[]
  /** Up to here all has been looked at. */
  position: string
  /** true: nothing has come after it yet. */
  isEnd: boolean
  /** So many lines of the environment were forgotten before they could be read; `null`: nobody knows how many. */
  missed: number | null
}
