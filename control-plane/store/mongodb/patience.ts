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

/** For what may take long once it has begun. The clock runs while nothing can be known of it: before it begins, and when it is about to end. */
export interface Patience {
  /** The clock runs from now on, unless it does already. @throws {StoreError} `unavailable` when it has run out: who asked has been told so */
  wait: () => void
  /** It does not run any more. @throws like `wait` */
  rest: () => void
  /** As long as there is patience. @throws {StoreError} `unavailable` */
  bear: <Result>(work: Promise<Result>) => Promise<Result>
}

export function createPatience (limitMs: number): Patience {
  const { promise: over, reject } = Promise.withResolvers<never>()
  let isOver = false
  let timer: NodeJS.Timeout | null = null
  const rest = (): void => {
    if (isOver) throw tooLate()
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  const wait = (): void => {
    if (isOver) throw tooLate()
    timer ??= setTimeout(() => {
      isOver = true
      reject(tooLate())
    }, limitMs)
  }
  return {
    wait,
    rest,
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
