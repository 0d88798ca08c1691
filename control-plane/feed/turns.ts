/** Of those who want something, some have their turn, and the others wait in the order in which they came. */
export interface Turns {
  /** Rejects with the signal's reason where it aborts before. */
  take: (signal: AbortSignal) => Promise<Turn>
}

export interface Turn {
  /** It has been long, and others wait: to be ended, and taken again behind them. */
  readonly isOver: boolean
  end: () => void
}

/** @param longestMs how long one may go on while others wait */
export function createTurns (atOnce: number, longestMs: number): Turns {
  const waiting = new Set<() => void>()
  let running = 0

  const begin = (): Turn => {
    const begunAt = performance.now()
    let isRunning = true
    running++
    return {
      get isOver () { return waiting.size > 0 && performance.now() - begunAt > longestMs },
      end: () => {
        if (!isRunning) return
        isRunning = false
        running--
        const [next] = waiting
        next?.()
      }
    }
  }
  return {
    take: async signal => {
      signal.throwIfAborted()
      if (running < atOnce) return begin()
      const { promise, resolve, reject } = Promise.withResolvers<Turn>()
      const start = (): void => {
        waiting.delete(start)
        resolve(begin())
      }
      const leave = (): void => {
        if (waiting.delete(start)) reject(signal.reason)
      }
      waiting.add(start)
      signal.addEventListener('abort', leave, { once: true })
      try {
        return await promise
      } finally {
        signal.removeEventListener('abort', leave)
      }
    }
  }
}
