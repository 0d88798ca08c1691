import { Problem } from '#shared/errors.ts'
import { StoreError } from './store/store.ts'

/** A writer that loses this often in a row meets somebody who writes without a pause. */
const maxAttempts = 20

/**
 * Runs a read-modify-write again for as long as somebody else writes between the reading and the writing. The step reads anew each
 * time and checks the caller's precondition against what it read, so one with `If-Match` ends at the first change of another.
 * @throws {Problem} `conflict` after `maxAttempts`
 */
export async function untilUncontended<Result> (step: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (!isContention(error)) throw error
    }
  }
  throw new Problem('conflict', 'Others keep changing it; try again.')
}

/** For a write that makes or replaces: what was made or removed since it was read has changed in between like anything else. */
export async function madeOrGone<Result> (write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof StoreError && (error.code === 'exists' || error.code === 'not_found'))) throw error
    throw new StoreError('revision_mismatch', 'Made or removed between reading and writing', { cause: error })
  }
}

function isContention (error: unknown): boolean {
  return error instanceof StoreError && error.code === 'revision_mismatch'
}
