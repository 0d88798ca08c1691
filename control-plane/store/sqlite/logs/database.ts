import type { DatabaseSync } from 'node:sqlite'
import type { LogBatch } from '#shared/logs.ts'
import type { LogFilter, LogPassage, LogQuery, StoredLine } from '../../log-store.ts'
import { parseCursor } from '../../logs/lines.ts'
import { unbornPassage } from '../../logs/passages.ts'
import { positionOf, unborn } from '../../logs/positions.ts'
import type { EnvironmentRef, Page, PageRequest } from '../../store.ts'
import { storeError } from '../errors.ts'
import { prepareAppend, type Append } from './append.ts'
import { LoggedEnvironments } from './environments.ts'
import { isDamage, openLogFile, setAside } from './file.ts'
import { prepareList, type ListLines } from './read.ts'
import { prepareReadOn, type ReadOn } from './read-on.ts'
import { prepareTrim, type Trim } from './trim.ts'

export interface LogDatabaseOptions {
  file: string
  maxAgeMs: number
  maxBytes: number
}

interface Opened {
  db: DatabaseSync
  environments: LoggedEnvironments
  append: Append
  list: ListLines
  readOn: ReadOn
  trim: Trim
}

/**
 * The file of the logs. Every call keeps the thread that it is made on until it is done; `now` is in milliseconds since the epoch.
 * Where the file turns out to be damaged, it is set aside, and the call is done on a new one.
 */
export class LogDatabase {
  readonly #options: LogDatabaseOptions
  readonly #onDamage: (error: unknown) => void
  #opened: Opened | null = null

  constructor (options: LogDatabaseOptions, onDamage: (error: unknown) => void) {
    this.#options = options
    this.#onDamage = onDamage
  }

  /** @returns whose lines have come */
  append (batch: LogBatch, now: number): EnvironmentRef[] {
    return this.#do(({ append, trim }) => {
      const touched = append(batch, now)
      // Room for the next ones is made in the same steps in which lines come: it cannot fall behind.
      trim.surplus(this.#options.maxBytes)
      return touched
    })
  }

  list (ref: EnvironmentRef, query: LogQuery, { limit, after }: PageRequest, now: number): Page<StoredLine> {
    return this.#do(({ environments, list }) => {
      const environment = environments.find(ref)
      const position = after === null ? null : parseCursor(after)
      if (environment === null) return { items: [], next: null }
      return list(environment, { ...query, since: this.#floor(query.since, now) }, limit, position)
    })
  }

  position (ref: EnvironmentRef, since: number | null, now: number): string {
    return this.#do(({ db, environments }) => {
      const environment = environments.find(ref)
      if (environment === null) return unborn
      if (since === null) return positionOf(environment, environment.last)
      const first = db.prepare('SELECT min(number) AS number FROM lines INDEXED BY linesByTime WHERE environment = ? AND time >= ?')
        .get(environment.id, this.#floor(since, now))!.number as number | null
      return positionOf(environment, first === null ? environment.last : first - 1)
    })
  }

  readOn (ref: EnvironmentRef, after: string, filter: LogFilter, now: number): LogPassage {
    return this.#do(({ environments, readOn }) => {
      const environment = environments.find(ref)
      if (environment !== null) return readOn(environment, after, { ...filter, since: this.#floor(filter.since, now) })
      return unbornPassage(after)
    })
  }

  /** true: there is more to be forgotten. */
  trim (now: number): boolean {
    const { maxAgeMs, maxBytes } = this.#options
    return this.#do(({ trim }) => [trim.old(now - maxAgeMs), trim.surplus(maxBytes)].includes(true))
  }

  close (): void {
    this.#opened?.db.close()
    this.#opened = null
  }

  /** @throws {StoreError} `unavailable` */
  #do<Result> (work: (opened: Opened) => Result): Result {
    try {
      return this.#try(work)
    } catch (error) {
      if (!isDamage(error)) throw storeError(error)
      this.#onDamage(error)
      this.close()
      setAside(this.#options.file)
      return this.#try(work)
    }
  }

  #try<Result> (work: (opened: Opened) => Result): Result {
    this.#opened ??= this.#open()
    try {
      return work(this.#opened)
    } catch (error) {
      // What is known of the environments may be ahead of the file.
      this.close()
      throw error
    }
  }

  #open (): Opened {
    const db = openLogFile(this.#options.file, this.#onDamage)
    const environments = new LoggedEnvironments(db)
    return {
      db, environments, append: prepareAppend(db, environments), list: prepareList(db), readOn: prepareReadOn(db), trim: prepareTrim(db, environments)
    }
  }

  #floor (since: number, now: number): number {
    return Math.max(since, now - this.#options.maxAgeMs)
  }
}
