/**
 * Does one job at a time for each key. Who asks while it is being done waits for the next time, which is one for all who wait: what they ask
 * about has happened before it begins.
 */
export function coalesced (job: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, { done: Promise<void>, next: Promise<void> | null }>()
  const begin = async (key: string): Promise<void> => {
    const done = job(key)
    const current = { done, next: null }
    running.set(key, current)
    try {
      await done
    } finally {
      if (running.get(key) === current && current.next === null) running.delete(key)
    }
  }
  const after = async (done: Promise<void>, key: string): Promise<void> => {
    await Promise.allSettled([done])
    await begin(key)
  }
  return async key => {
    const current = running.get(key)
    if (current === undefined) return await begin(key)
    return await (current.next ??= after(current.done, key))
  }
}
