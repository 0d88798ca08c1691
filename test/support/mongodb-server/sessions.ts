import type { Pool, PoolClient } from 'pg'
import { recall, remember } from './done.ts'
import { MongoError } from './errors.ts'

/** A transaction of MongoDB, which is one of PostgreSQL on a connection of its own. */
export interface Transaction {
  number: bigint
  client: PoolClient
  state: 'open' | 'committed' | 'aborted'
  /** The client's connection that its last command came through. */
  lastConnection: object
  timer: NodeJS.Timeout
  /** Runs while nobody is connected who could go on with it. */
  abandoned?: NodeJS.Timeout
  /** One for all commits of it: a commit that is asked for again has the first one's result. */
  commit?: Promise<void>
}

interface Session {
  transaction?: Transaction
  /** The last retryable write, answered once: a retry is told the same. */
  write?: { number: bigint, reply: Promise<Buffer> }
}

export interface SessionSettings {
  /** MongoDB's `transactionLifetimeLimitSeconds`. */
  transactionLifetimeMs: number
  /** How long a transaction outlives the connection of the client that was at it; MongoDB keeps it for the whole lifetime. */
  abandonedAfterMs: number
  /** How long a statement of a transaction waits for another one's row; MongoDB does not wait at all. */
  conflictAfterMs: number
}

export const TRANSIENT = { errorLabels: ['TransientTransactionError'] }

/** What belongs to logical sessions: transactions, and the writes that may be retried. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #gone = new WeakSet<object>()
  readonly #pool: Pool
  readonly #settings: SessionSettings
  readonly #onEnd: (client: PoolClient) => void

  /** @param onEnd is told of each connection whose transaction has ended, before it is given back */
  constructor (pool: Pool, settings: SessionSettings, onEnd: (client: PoolClient) => void) {
    this.#pool = pool
    this.#settings = settings
    this.#onEnd = onEnd
  }

  /** @throws {MongoError} when the session is at a later one */
  async begin (id: string, number: bigint, connection: object): Promise<Transaction> {
    const session = this.#session(id)
    const current = session.transaction
    if (current !== undefined && current.number >= number) throw new MongoError(225, 'TransactionTooOld', `Transaction ${number} is not after ${current.number}`)
    if (current !== undefined) await this.#rollback(current)
    const client = await this.#pool.connect()
    const timer = setTimeout(() => { void this.#rollback(transaction) }, this.#settings.transactionLifetimeMs).unref()
    const transaction: Transaction = { number, client, state: 'open', lastConnection: connection, timer }
    session.transaction = transaction
    try {
      // MongoDB's transactions see one snapshot, and the first to write a document wins.
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = ${this.#settings.conflictAfterMs}`)
    } catch (error) {
      await this.#rollback(transaction)
      throw error
    }
    // While it was begun.
    if (this.#gone.has(connection)) this.#abandon(transaction)
    return transaction
  }

  /** The transaction that a command goes on with. @throws {MongoError} when there is none any more */
  current (id: string, number: bigint, connection: object): Transaction {
    const transaction = this.#sessions.get(id)?.transaction
    if (transaction?.number !== number || transaction.state === 'aborted') {
      throw new MongoError(251, 'NoSuchTransaction', `Transaction ${number} has been aborted`, TRANSIENT)
    }
    transaction.lastConnection = connection
    clearTimeout(transaction.abandoned)
    return transaction
  }

  /** @throws {MongoError} when there is no such transaction, and none has been committed */
  async commit (id: string, number: bigint, connection: object): Promise<void> {
    if (this.#sessions.get(id)?.transaction?.number !== number && await recall(this.#pool, id, number) !== undefined) return
    const transaction = this.current(id, number, connection)
    transaction.commit ??= this.#commit(id, transaction)
    await transaction.commit
  }

  async abort (transaction: Transaction): Promise<void> {
    if (transaction.state === 'committed') throw new MongoError(256, 'TransactionCommitted', `Transaction ${transaction.number} has been committed`)
    await this.#rollback(transaction)
  }

  /**
   * Runs a write that the client may send again, once.
   * @param write is to remember its reply with what it writes
   * @throws {MongoError} when the session is at a later one
   */
  async once (id: string, number: bigint, write: () => Promise<Buffer>): Promise<Buffer> {
    const session = this.#session(id)
    if (session.write !== undefined && session.write.number > number) throw new MongoError(225, 'TransactionTooOld', `Retryable write ${number} is before ${session.write.number}`)
    if (session.write?.number === number) return await session.write.reply
    const entry = { number, reply: this.#fresh(id, number, session, write) }
    session.write = entry
    // What failed as a whole has done nothing: it may be tried again.
    entry.reply.catch(() => { if (session.write === entry) delete session.write })
    return await entry.reply
  }

  async end (ids: string[]): Promise<void> {
    for (const id of ids) {
      const transaction = this.#sessions.get(id)?.transaction
      this.#sessions.delete(id)
      if (transaction !== undefined) await this.#rollback(transaction)
    }
  }

  /** The transactions that came through this connection end soon, unless they are gone on with through another. */
  disconnected (connection: object): void {
    this.#gone.add(connection)
    for (const { transaction } of this.#sessions.values()) {
      if (transaction?.state === 'open' && transaction.lastConnection === connection) this.#abandon(transaction)
    }
  }

  #abandon (transaction: Transaction): void {
    transaction.abandoned = setTimeout(() => { void this.#rollback(transaction) }, this.#settings.abandonedAfterMs).unref()
  }

  async close (): Promise<void> {
    await this.end([...this.#sessions.keys()])
  }

  async #commit (id: string, transaction: Transaction): Promise<void> {
    // Said at once, so that no timer rolls back what is being committed.
    transaction.state = 'committed'
    try {
      await remember(transaction.client, id, transaction.number, null)
      const { command } = await transaction.client.query('COMMIT')
      if (command !== 'COMMIT') throw new MongoError(251, 'NoSuchTransaction', `Transaction ${transaction.number} has been aborted`, TRANSIENT)
      this.#release(transaction, false)
    } catch (error) {
      transaction.state = 'aborted'
      this.#release(transaction, true)
      throw error
    }
  }

  async #rollback (transaction: Transaction): Promise<void> {
    if (transaction.state !== 'open') return
    transaction.state = 'aborted'
    const failed = await transaction.client.query('ROLLBACK').then(() => false, () => true)
    this.#release(transaction, failed)
  }

  #release (transaction: Transaction, broken: boolean): void {
    clearTimeout(transaction.timer)
    clearTimeout(transaction.abandoned)
    this.#onEnd(transaction.client)
    transaction.client.release(broken)
  }

  /** Only a session that is new to this process can have been at it before: in one that has crashed. */
  async #fresh (id: string, number: bigint, { write: known }: Session, write: () => Promise<Buffer>): Promise<Buffer> {
    return (known === undefined ? await recall(this.#pool, id, number) : undefined) ?? await write()
  }

  #session (id: string): Session {
    const session = this.#sessions.get(id) ?? {}
    this.#sessions.set(id, session)
    return session
  }
}
