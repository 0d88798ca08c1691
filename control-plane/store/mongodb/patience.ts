import { StoreError } from '../store.ts'

/** For how long whoever asks the store hears nothing of it, at most. */
export const patienceMs = 10_000

/** For what is short whenever the database is well: what is under way then goes on unheard. @throws {StoreError} `unavailable` */
export async function within<Result> (limitMs: number, work: Promise<Result>): Promise<Result> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(tooLate()), limitMs)
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * No write takes so long. A command on a connection that ends at that very moment may never be answered, and not even fail: the driver then waits
 * for a destroyed socket to drain.
 */
export const longestWriteMs = 60_000

/** For what may take long once it has begun. The short clock runs while nothing can be known of it: before it begins, and when it is about to end. */
export interface Patience {
  /** The short clock runs from now on, unless it does already. @throws {StoreError} `unavailable` when it has run out: who asked has been told so */
  wait: () => void
  /** It does not run any more, and the long one does: `longestWriteMs`. @throws like `wait` */
  rest: () => void
  /** As long as there is patience. @throws {StoreError} `unavailable` */
  bear: <Result>(work: Promise<Result>) => Promise<Result>
}

export function createPatience (limitMs: number): Patience {
  const { promise: over, reject } = Promise.withResolvers<never>()
  let isOver = false
  let timer: NodeJS.Timeout | null = null
  let isWaiting = false
  const set = (ms: number): void => {
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => {
      isOver = true
      reject(tooLate())
    }, ms)
  }
  const wait = (): void => {
    if (isOver) throw tooLate()
    if (!isWaiting) set(limitMs)
    isWaiting = true
  }
  return {
    wait,
    rest: () => {
      if (isOver) throw tooLate()
      set(longestWriteMs)
      isWaiting = false
    },
    bear: async work => {
      wait()
      try {
        return await Promise.race([work, over])
      } finally {
        if (timer !== null) clearTimeout(timer)
      }
    }
  }
}

export function tooLate (): StoreError {
  return new StoreError('unavailable', 'The database does not answer in time')
}
