import { setTimeout as delay } from 'node:timers/promises'
import { MongoError, MongoErrorLabel, type ClientSession, type MongoClient, type TransactionOptions, type W } from 'mongodb'
import { timestamp, type Clock } from '#shared/clock.ts'
import type { Touched } from '../changes.ts'
import { encode } from './codec.ts'
import type { Collections } from './collections.ts'
import { createCourtesy } from './courtesy.ts'
import { isBrokenPipe, isServerError, storeError } from './errors.ts'
import { createPatience, patienceMs, type Patience } from './patience.ts'
import { createTurns } from './turns.ts'

export interface Transaction {
  session: ClientSession
  /** The one that this transaction makes. */
  revision: number
  /** When it began: dates what the transaction changes beside the document it was given. */
  at: string
  /** Notes what readers of the feed have to look at again. */
  touch: (thing: Touched) => void
}

/** All that `change` writes, the entry in `changes` and the next revision, or nothing. `change` may run more than once. */
export type Write = <Result>(change: (transaction: Transaction) => Promise<Result>) => Promise<Result>

/** A transaction that makes no revision. `work` may run more than once. */
export type InTransaction = <Result>(work: (session: ClientSession) => Promise<Result>) => Promise<Result>

export interface WriterOptions {
  collections: Pick<Collections, 'heads' | 'changes'>
  inTransaction: InTransaction
  clock: Clock
  /** How many entries `changes` keeps at least. */
  changesRetained: number
  onCommit: (revision: number) => void
}

export function createWriter ({ collections: { heads, changes }, inTransaction, clock, changesRetained, onCommit }: WriterOptions): Write {
  // A hundredth at a time, so that the usual write leaves the old end of the collection alone.
  const trimEvery = Math.max(1, Math.floor(changesRetained / 100))
  const takeTurn = createTurns()
  const courtesy = createCourtesy()

  const writeOnce = async <Result>(change: (transaction: Transaction) => Promise<Result>, patience: Patience): Promise<{ result: Result, revision: number }> => {
    let attempts = 0
    await courtesy.letOthersIn()
    const written = await inTransaction(async session => {
      attempts++
      patience.wait()
      // First, and held until the commit: the order of revisions is the order of commits.
      const head = await heads.findOneAndUpdate({ _id: 'head' }, { $inc: { revision: 1 } }, { session, returnDocument: 'after' })
      patience.rest()
      const { revision } = head!
      const touched: Touched[] = []
      const at = timestamp(clock)
      const result = await change({ session, revision, at, touch: thing => touched.push(thing) })
      await changes.insertOne({ _id: revision, at, touched: encode(touched) }, { session })
      if (revision % trimEvery === 0) await changes.deleteMany({ _id: { $lte: revision - changesRetained } }, { session })
      patience.wait()
      return { result, revision }
    })
    courtesy.heed(attempts, written.revision)
    return written
  }
  return async change => {
    const patience = createPatience(patienceMs)
    // Writers of this process wait for each other here rather than to collide there; those of other processes collide, and run again.
    const { result, revision } = await patience.bear(takeTurn(async () => await writeOnce(change, patience)))
    onCommit(revision)
    return result
  }
}

/** What a transaction reads is one state, and what it commits a majority has: it outlives an election. */
export const transactionOptions = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' }, readPreference: 'primary' } as const
const firstBackoffMs = 5
const maxBackoffMs = 200
const writeConflict = 112
/** A transaction takes milliseconds, and who comes back late finds the next one there. */
const conflictBackoffMs = 15

/**
 * Runs transactions again where the deployment says that they may be (a write conflict, an election), for `budgetMs` at most. The driver's own
 * `withTransaction` would go on for two minutes.
 * @param w how many members must have what is committed
 */
export function createTransactions (client: MongoClient, budgetMs: number, w: W = 'majority'): InTransaction {
  const options = { ...transactionOptions, writeConcern: { w } }
  return async work => {
    const deadline = performance.now() + budgetMs
    const session = client.startSession()
    try {
      for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, maxBackoffMs)) {
        try {
          return await attempt(session, options, work, deadline)
        } catch (error) {
          if (!isPassing(error, MongoErrorLabel.TransientTransactionError) || performance.now() > deadline) throw storeError(error)
          // Those who have collided must not do so in step.
          await delay(Math.random() * (isServerError(error, writeConflict) ? conflictBackoffMs : backoffMs))
        }
      }
    } finally {
      await session.endSession()
    }
  }
}

async function attempt<Result> (
  session: ClientSession, options: TransactionOptions, work: (session: ClientSession) => Promise<Result>, deadline: number
): Promise<Result> {
  session.startTransaction(options)
  try {
    const result = await work(session)
    await commit(session, deadline)
    return result
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction()
    throw error
  }
}

/** A commit whose answer was lost is asked for again: it happens once. */
async function commit (session: ClientSession, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await session.commitTransaction()
    } catch (error) {
      if (!isPassing(error, MongoErrorLabel.UnknownTransactionCommitResult) || performance.now() > deadline) throw error
    }
  }
}

/** What was asked is worth asking again. */
function isPassing (error: unknown, label: string): boolean {
  return error instanceof MongoError ? error.hasErrorLabel(label) : isBrokenPipe(error)
}
