import type { Pool, PoolClient } from 'pg'
import { MongoError } from './errors.ts'
import { encodeDocument, type Fields } from './wire.ts'

/** One command on its way through PostgreSQL. */
export interface Call {
  name: string
  db: string
  /** Without the fields that are about how to run it (session, concerns). */
  command: Fields
  /** The connection that its statements go through: a transaction's own, or one for this command. */
  client: PoolClient
  /** For what must not touch that connection. */
  pool: Pool
  /** Set by a command that needs the same connection again later: it is not given back then. */
  keepClient: boolean
  inTransaction: boolean
}

/** A reply that was made here, or one that PostgreSQL made and that passes through as it is. */
export type Reply = Fields | Buffer

/** The collection that a command is about. @throws {MongoError} when it names none */
export function collectionOf ({ name, command }: Call): string {
  const collection = name === 'getMore' ? command.collection : command[name]
  if (typeof collection !== 'string' || collection === '') throw new MongoError(73, 'InvalidNamespace', `${name}: a collection is needed`)
  return collection
}

/**
 * The first row of a function's answer; names of functions and numbers of parameters are ours, values are parameters.
 * @param sql is prepared once per connection
 */
export async function row<Row extends object> ({ client }: Call, sql: string, values: unknown[]): Promise<Row> {
  const { rows } = await client.query<Row>({ name: sql.slice(0, 63), text: sql, values })
  return rows[0]!
}

/** As a parameter. */
export function bson (fields: Fields): Buffer {
  return encodeDocument(fields)
}

/** PostgreSQL's text of a BSON value: the client library reads no binary results. */
export function bytes (text: string): Buffer {
  return Buffer.from(text.slice('BSONHEX'.length), 'hex')
}
