import { DatabaseError } from 'pg'
import type { Fields } from './wire.ts'

/** An error as MongoDB answers it. */
export class MongoError extends Error {
  readonly code: number
  readonly codeName: string
  readonly more: Fields

  constructor (code: number, codeName: string, message: string, more: Fields = {}) {
    super(message)
    this.code = code
    this.codeName = codeName
    this.more = more
  }
}

/**
 * What the extension and PostgreSQL say, in MongoDB's numbers: those that a driver or a store can act upon.
 * https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const CODES: Record<string, [code: number, codeName: string]> = {
  '0A000': [115, 'CommandNotSupported'],
  22021: [2, 'BadValue'],
  23505: [11000, 'DuplicateKey'],
  '23P01': [11000, 'DuplicateKey'],
  40001: [112, 'WriteConflict'],
  '40P01': [112, 'WriteConflict'],
  53100: [14031, 'OutOfDiskSpace'],
  '55P03': [112, 'WriteConflict'],
  57014: [50, 'MaxTimeMSExpired'],
  M0000: [1, 'InternalError'],
  M0001: [2, 'BadValue'],
  M0003: [9, 'FailedToParse'],
  M0004: [14, 'TypeMismatch'],
  M0006: [20, 'IllegalOperation'],
  M0008: [26, 'NamespaceNotFound'],
  M0009: [27, 'IndexNotFound'],
  M000A: [28, 'PathNotViable'],
  M000D: [40, 'ConflictingUpdateOperators'],
  M000E: [43, 'CursorNotFound'],
  M000F: [48, 'NamespaceExists'],
  M000G: [52, 'DollarPrefixedFieldName'],
  M000J: [56, 'EmptyFieldName'],
  M000M: [66, 'ImmutableField'],
  M000N: [67, 'CannotCreateIndex'],
  M000P: [72, 'InvalidOptions'],
  M000Q: [73, 'InvalidNamespace'],
  M000R: [85, 'IndexOptionsConflict'],
  M000S: [86, 'IndexKeySpecsConflict'],
  M000U: [115, 'CommandNotSupported'],
  M0012: [197, 'InvalidIndexSpecificationOption'],
  M0016: [263, 'OperationNotSupportedInTransaction'],
  M001B: [10334, 'BSONObjectTooLarge'],
  M001C: [11000, 'DuplicateKey'],
  M0088: [40415, 'IDLUnknownField'],
  M00CO: [121, 'DocumentValidationFailure'],
  M00EW: [24, 'LockTimeout'],
  M00EX: [50, 'MaxTimeMSExpired'],
  M00F1: [112, 'WriteConflict']
}

/** @returns `null` when PostgreSQL is gone, or going: then so is the server that it plays */
export function fromPostgres (error: unknown): MongoError | null {
  if (error instanceof MongoError) return error
  if (!(error instanceof Error) || isGone(error)) return null
  if (!(error instanceof DatabaseError) || error.code === undefined) return new MongoError(1, 'InternalError', error.stack ?? error.message)
  const [code, codeName] = codeOf(error.code)
  return new MongoError(code, codeName, error.message)
}

/** SQLSTATE classes 08 (connection) and 57P (shutdown), the socket's own errors, and what the client library says of a connection that has ended. */
function isGone (error: Error): boolean {
  if ('code' in error && /^(57P|08|ECONN|ENOENT|EPIPE)/.test(String(error.code))) return true
  return /^(Connection terminated|Client (has encountered|was closed)|Cannot use a pool)/.test(error.message)
}

export function codeOf (sqlState: string): [code: number, codeName: string] {
  return CODES[sqlState] ?? [8, `UnknownError (${sqlState})`]
}

/** Write errors have PostgreSQL's packed form: five characters of six bits each, from '0' on. */
export function unpackSqlState (packed: number): string {
  return [0, 6, 12, 18, 24].map(shift => String.fromCharCode(((packed >> shift) & 63) + 48)).join('')
}

export function errorReply ({ code, codeName, message, more }: MongoError): Fields {
  return { ok: 0, errmsg: message, code, codeName, ...more }
}
