import { MongoError, MongoInvalidArgumentError, MongoServerError } from 'mongodb'
import { StoreError } from '../store.ts'

/** Server errors that are a fault of this code, whatever state the deployment is in: BadValue, FailedToParse, TypeMismatch, DocumentValidationFailure, BSONObjectTooLarge. */
const ownFaults = new Set([2, 9, 14, 121, 10_334])
const duplicateKey = 11_000
/** A connection that the other side ends while a command is written to it: the driver lets Node's own error through, without a label. */
const brokenPipe = new Set(['EPIPE', 'ECONNRESET'])

/**
 * All that a deployment can do to a request (an election, a lost connection, a time-out, a read-only disk, rights that are missing) is
 * `unavailable`: it may be over a moment later, and the caller cannot do anything about it.
 */
export function storeError (error: unknown): unknown {
  if (isOwnFault(error) || !(error instanceof MongoError || isBrokenPipe(error))) return error
  return new StoreError('unavailable', `The database cannot be used: ${error.message}`, { cause: error })
}

function isOwnFault (error: unknown): boolean {
  return error instanceof MongoInvalidArgumentError || (error instanceof MongoServerError && typeof error.code === 'number' && ownFaults.has(error.code))
}

export function isBrokenPipe (error: unknown): error is Error {
  return error instanceof Error && 'code' in error && brokenPipe.has(String(error.code))
}

export function isDuplicate (error: unknown): error is MongoServerError {
  return isServerError(error, duplicateKey)
}

export function closedError (): StoreError {
  return new StoreError('unavailable', 'The store is closed')
}

export function isServerError (error: unknown, code: number): error is MongoServerError {
  return error instanceof MongoServerError && error.code === code
}

/** For who looks again and again: the next look may find the database again. */
export function ignoreAbsence (error: unknown): void {
  const problem = storeError(error)
  if (!(problem instanceof StoreError)) throw problem
}
