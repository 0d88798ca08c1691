import type { LogDatabase, LogDatabaseOptions } from './database.ts'

/** What the thread is started with. */
export type ThreadData = LogDatabaseOptions

export type Method = Exclude<keyof LogDatabase, symbol>

export type Arguments<Name extends Method> = Parameters<LogDatabase[Name]>
export type Outcome<Name extends Method> = ReturnType<LogDatabase[Name]>

/** Asked of the thread; each is answered by one `Reply` of its id. */
export interface Call { id: number, method: Method, args: unknown[] }

export type Reply =
  | { id: number, result: unknown }
  /** `code` of a `StoreError`; `null`: a fault. */
  | { id: number, failure: { message: string, code: 'unavailable' | null, stack: string | undefined } }
  | { damage: string }
