import { MongoError } from './errors.ts'
import type { Fields } from './wire.ts'

/** Something to go wrong with commands, until it is cured or has happened often enough. */
export interface Failure {
  /** Names of commands. Without: all, but not the driver's `hello`, with which it watches the server. */
  commands?: string[]
  /** Without: until it is cured. */
  times?: number
  /** Before anything else; `Infinity` hangs until it is cured or the client goes. */
  hangMs?: number
  /** The answer, in the place of carrying the command out. */
  /** Labelled as a server would, unless labels are given. */
  error?: { code: number, codeName?: string, message?: string, errorLabels?: string[] }
  /** The connection is closed instead of answering: `before` the command is carried out, or `after`. */
  close?: 'before' | 'after'
}

const READ_ONLY_SAFE = new Set(['find', 'getMore', 'aggregate', 'count', 'distinct', 'listCollections', 'listIndexes', 'listDatabases', 'killCursors', 'dbStats', 'collStats'])
const ANYWHERE = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'buildInfo', 'endSessions', 'killSessions', 'killCursors', 'connectionStatus'])
/** The primary, or the way to it, is gone. https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md */
const WORTH_A_RETRY = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'findandmodify', 'commitTransaction', 'abortTransaction'])

/** What a test can make the server do wrong. */
export class Faults {
  /** A node that is not the primary: in an election, or what is left of a replica set that has lost its majority. */
  primary = true
  /** Writes are blocked, as by `setUserWriteBlockMode`. */
  readOnly = false
  readonly #failures = new Map<Failure, { left: number, cure: () => void, cured: Promise<void> }>()

  /** @returns what cures it; what hangs then goes on */
  fail (failure: Failure): () => void {
    const { promise: cured, resolve } = Promise.withResolvers<void>()
    const cure = (): void => {
      this.#failures.delete(failure)
      resolve()
    }
    this.#failures.set(failure, { left: failure.times ?? Infinity, cure, cured })
    return cure
  }

  cureAll (): void {
    this.primary = true
    this.readOnly = false
    for (const { cure } of this.#failures.values()) cure()
  }

  /** The failure that this command meets, counted; and when it is cured. */
  meets (name: string): { failure: Failure, cured: Promise<void> } | null {
    for (const [failure, entry] of this.#failures) {
      if (entry.left === 0 || (failure.commands === undefined ? isHello(name) : !failure.commands.includes(name))) continue
      // It stays even if it was the last time: what hangs by it has still to be cured.
      entry.left--
      return { failure, cured: entry.cured }
    }
    return null
  }

  /** @throws {MongoError} when the node is in no state for the command */
  refuse (name: string, fields: Fields): void {
    if (ANYWHERE.has(name)) return
    if (!this.primary) throw notPrimary(name, fields)
    if (this.readOnly && !READ_ONLY_SAFE.has(name)) throw new MongoError(371, 'UserWritesBlocked', 'User writes blocked')
  }
}

export function isHello (name: string): boolean {
  return name === 'hello' || name === 'isMaster' || name === 'ismaster'
}

export function failureError (name: string, fields: Fields, { code, codeName = `Error${code}`, message = codeName, errorLabels }: NonNullable<Failure['error']>): MongoError {
  return new MongoError(code, codeName, message, errorLabels === undefined ? retryLabels(code, name, fields) : { errorLabels })
}

function notPrimary (name: string, fields: Fields): MongoError {
  return new MongoError(10107, 'NotWritablePrimary', 'not primary', retryLabels(10107, name, fields))
}

function retryLabels (code: number, name: string, fields: Fields): Fields {
  if (!WORTH_A_RETRY.has(code)) return {}
  if (name === 'commitTransaction' || name === 'abortTransaction') return { errorLabels: ['RetryableWriteError'] }
  if (fields.autocommit !== undefined) return { errorLabels: ['TransientTransactionError'] }
  return WRITES.has(name) && fields.txnNumber !== undefined ? { errorLabels: ['RetryableWriteError'] } : {}
}
