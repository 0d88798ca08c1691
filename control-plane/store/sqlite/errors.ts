import { StoreError } from '../store.ts'

/**
 * Primary result codes (https://www.sqlite.org/rescode.html) that say that the file cannot be used at the moment, or at all:
 * BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOLFS, NOTADB. Any other one is a fault of this code.
 */
const unavailable = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 22, 26])

/** @throws {StoreError} `unavailable` where SQLite cannot use the file; what else `work` throws as it is */
export function guarded<Result> (work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw storeError(error)
  }
}

export function storeError (error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  // The low byte is the primary code; the rest says more about it.
  if (!unavailable.has(error.errcode & 0xff)) return error
  return new StoreError('unavailable', `The store's file cannot be used: ${error.message}`, { cause: error })
}

export function closedError (): StoreError {
  return new StoreError('unavailable', 'The store is closed')
}
