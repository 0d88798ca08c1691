import type { MongoClient } from 'mongodb'
import { StoreError } from '../../store.ts'
import { connect } from '../connect.ts'
import { closedError, storeError } from '../errors.ts'
import { createSchema } from '../schema.ts'
import { createTransactions, type InTransaction } from '../transaction.ts'
import { logCollectionsOf, logSchemas, type LogCollections } from './collections.ts'

export interface Opened {
  client: MongoClient
  collections: LogCollections
  inTransaction: InTransaction
}

/** The connection to the logs, made when it is first needed, and again where it could not be made. */
export interface LogDatabase {
  /** @throws {StoreError} `unavailable` */
  use: <Result>(work: (opened: Opened) => Promise<Result>) => Promise<Result>
  /** What was asked before is done. */
  close: () => Promise<void>
}

/** Asked and not answered: each may hold a batch. */
const maxWaiting = 500
const transactionBudgetMs = 10_000

export function openLogDatabase (url: string): LogDatabase {
  const asked = new Set<Promise<unknown>>()
  let opened: Promise<Opened> | null = null
  let isClosed = false

  const open = async (): Promise<Opened> => {
    opened ??= connect(url, { appName: 'imprun-logs', w: 1, readConcern: 'local' }, async (client, db) => {
      await createSchema(db, logSchemas)
      const collections = logCollectionsOf(db)
      return { client, collections, inTransaction: createTransactions(client, transactionBudgetMs, 1) }
    })
    try {
      return await opened
    } catch (error) {
      opened = null
      throw error
    }
  }
  const attempt = async <Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> => {
    try {
      return await work(await open())
    } catch (error) {
      throw storeError(error)
    }
  }
  return {
    use: async work => {
      if (isClosed) throw closedError()
      if (asked.size >= maxWaiting) throw new StoreError('unavailable', 'The logs have too much to do')
      const answer = attempt(work)
      asked.add(answer)
      try {
        return await answer
      } finally {
        asked.delete(answer)
      }
    },
    close: async () => {
      isClosed = true
      await Promise.allSettled(asked)
      const last = await opened
      opened = null
      await last?.client.close()
    }
  }
}
