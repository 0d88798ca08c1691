import type { Pool, PoolClient } from 'pg'
import type { Call, Reply } from './call.ts'
import { commands, RETRYABLE } from './commands.ts'
import { Cursors } from './cursors.ts'
import { remember } from './done.ts'
import { fromPostgres, MongoError } from './errors.ts'
import { Sessions, TRANSIENT, type SessionSettings, type Transaction } from './sessions.ts'
import { encodeDocument, integer, number, type Fields } from './wire.ts'

interface RetryableWrite { session: string, number: bigint }

/** About how a command is to be run, not what it does: PostgreSQL is not told. */
const ENVELOPE = new Set(['$db', '$clusterTime', '$readPreference', 'lsid', 'txnNumber', 'startTransaction', 'autocommit', 'readConcern', 'writeConcern', 'maxTimeMS', 'apiVersion', 'apiStrict', 'comment'])

/** Two writes outside of transactions that met in the wrong order: MongoDB tries again by itself. */
const MAX_TRIES = 20

/** Takes commands to PostgreSQL: each through the connection that its session, transaction or cursor needs. */
export class Dispatcher {
  readonly #pool: Pool
  readonly #cursors = new Cursors()
  readonly #handlers = commands(this.#cursors)
  readonly #sessions: Sessions

  constructor (pool: Pool, settings: SessionSettings) {
    this.#pool = pool
    this.#sessions = new Sessions(pool, settings, client => { this.#cursors.forget(client) })
  }

  /** @param connection stands for the client's connection. @throws {MongoError}, or what PostgreSQL threw, when it is gone */
  async run (name: string, fields: Fields, connection: object): Promise<Buffer> {
    if (name === 'endSessions' || name === 'killSessions') {
      await this.#sessions.end((fields[name] as Fields[]).map(sessionId))
      return encodeDocument({ ok: 1 })
    }
    if (fields.autocommit !== undefined) return await this.#runInTransaction(name, fields, connection)
    const handler = Object.hasOwn(this.#handlers, name) ? this.#handlers[name] : undefined
    if (handler === undefined) throw new MongoError(59, 'CommandNotFound', `no such command: '${name}'`)
    if (fields.txnNumber === undefined || !RETRYABLE.has(name)) return await this.#runAlone(name, fields, null)
    const write = { session: sessionId(fields.lsid), number: integer(fields.txnNumber) }
    return await this.#sessions.once(write.session, write.number, async () => await this.#runAlone(name, fields, write))
  }

  disconnected (connection: object): void {
    this.#sessions.disconnected(connection)
  }

  async close (): Promise<void> {
    await this.#sessions.close()
    await this.#cursors.close()
  }

  async #runAlone (name: string, fields: Fields, write: RetryableWrite | null): Promise<Buffer> {
    for (let tries = 1; ; tries++) {
      const client = await this.#clientFor(name, fields)
      try {
        return await this.#runOn(client, name, fields, write)
      } catch (error) {
        const known = fromPostgres(error)
        if (known?.code !== 112 || tries === MAX_TRIES) throw known ?? error
      }
    }
  }

  async #clientFor (name: string, fields: Fields): Promise<PoolClient> {
    return (name === 'getMore' ? this.#cursors.clientFor(fields.getMore) : null) ?? await this.#pool.connect()
  }

  async #runOn (client: PoolClient, name: string, fields: Fields, write: RetryableWrite | null): Promise<Buffer> {
    const call = this.#call(client, name, fields, false)
    const maxTimeMs = number(fields.maxTimeMS) ?? 0
    let broken = false
    try {
      if (maxTimeMs > 0) await client.query(`SET statement_timeout = ${maxTimeMs}`)
      if (write !== null) await client.query('BEGIN')
      const reply = encoded(await this.#handlers[name]!(call))
      if (write !== null) {
        await remember(client, write.session, write.number, reply)
        await client.query('COMMIT')
      }
      if (maxTimeMs > 0) await client.query('RESET statement_timeout')
      return reply
    } catch (error) {
      if (write !== null) await client.query('ROLLBACK').catch(() => {})
      // Not to be given to others: it may be gone, or have a time limit that was not theirs.
      broken = maxTimeMs > 0 || fromPostgres(error) === null
      throw error
    } finally {
      if (!call.keepClient) client.release(broken)
    }
  }

  async #runInTransaction (name: string, fields: Fields, connection: object): Promise<Buffer> {
    const id = sessionId(fields.lsid)
    const txnNumber = integer(fields.txnNumber)
    if (name === 'commitTransaction') {
      await this.#sessions.commit(id, txnNumber, connection)
      return encodeDocument({ ok: 1 })
    }
    const transaction = fields.startTransaction === true || String(fields.startTransaction) === 'true'
      ? await this.#sessions.begin(id, txnNumber, connection)
      : this.#sessions.current(id, txnNumber, connection)
    if (name === 'abortTransaction') {
      await this.#sessions.abort(transaction)
      return encodeDocument({ ok: 1 })
    }
    if (transaction.state === 'committed') throw new MongoError(256, 'TransactionCommitted', `Transaction ${txnNumber} has been committed`)
    return await this.#runInside(transaction, name, fields)
  }

  /** Whatever goes wrong inside ends the transaction. */
  async #runInside (transaction: Transaction, name: string, fields: Fields): Promise<Buffer> {
    try {
      const handler = Object.hasOwn(this.#handlers, name) ? this.#handlers[name] : undefined
      if (handler === undefined) throw new MongoError(263, 'OperationNotSupportedInTransaction', `Cannot run '${name}' in a multi-document transaction`)
      const reply = await handler(this.#call(transaction.client, name, fields, true))
      if (!Buffer.isBuffer(reply) && reply.writeErrors !== undefined) await this.#sessions.abort(transaction)
      return encoded(reply)
    } catch (error) {
      await this.#sessions.abort(transaction)
      const known = fromPostgres(error)
      if (known === null) throw error
      throw known.code === 112 ? new MongoError(known.code, known.codeName, known.message, TRANSIENT) : known
    }
  }

  #call (client: PoolClient, name: string, fields: Fields, inTransaction: boolean): Call {
    const command = Object.fromEntries(Object.entries(fields).filter(([field]) => !ENVELOPE.has(field)))
    return { name, db: String(fields.$db), command, client, pool: this.#pool, keepClient: false, inTransaction }
  }
}

function encoded (reply: Reply): Buffer {
  return Buffer.isBuffer(reply) ? reply : encodeDocument(reply)
}

/** @throws {MongoError} without an `id` */
function sessionId (lsid: unknown): string {
  const id = (lsid as Fields | undefined)?.id
  if (typeof id !== 'object' || id === null || !('toString' in id)) throw new MongoError(2, 'BadValue', 'A session id is needed')
  return (id as { toString: (encoding: string) => string }).toString('hex')
}
