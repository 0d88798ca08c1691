/** What is under way and nobody awaits, so that an end can wait for it. */
export interface Tasks {
  /** It must not reject. */
  add: (task: Promise<void>) => void
  /** Resolves when all of it is done, or the time is over. */
  finish: (deadlineMs: number) => Promise<void>
}

export function createTasks (): Tasks {
  const underWay = new Set<Promise<void>>()
  return {
    add: task => {
      const done = task.finally(() => underWay.delete(done))
      underWay.add(done)
    },
    finish: async deadlineMs => {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, deadlineMs)
      await Promise.race([Promise.all(underWay), late])
      clearTimeout(timer)
    }
  }
}
