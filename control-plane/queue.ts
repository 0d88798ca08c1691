import { Problem } from '#shared/errors.ts'

export interface Queue {
  /** @throws {Problem} `too_many_requests` where too many wait already */
  run: <Result>(job: () => Promise<Result>) => Promise<Result>
  /** Resolves when nothing runs or waits. */
  idle: () => Promise<void>
}

/** Lets some jobs run at once, the others in the order in which they came. */
export function createQueue ({ maxAtOnce, maxWaiting, what }: { maxAtOnce: number, maxWaiting: number, what: string }): Queue {
  const waiting: Array<() => void> = []
  const running = new Set<Promise<unknown>>()
  return {
    run: async job => {
      if (running.size >= maxAtOnce) {
        if (waiting.length >= maxWaiting) throw new Problem('too_many_requests', `Too many ${what}.`)
        await new Promise<void>(resolve => waiting.push(resolve))
      }
      const promise = job()
      running.add(promise)
      try {
        return await promise
      } finally {
        running.delete(promise)
        waiting.shift()?.()
      }
    },
    idle: async () => {
      // Between the end of one and the start of the next, none is running.
      while (running.size + waiting.length > 0) await Promise.allSettled(running)
    }
  }
}
