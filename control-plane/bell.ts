/** By which whoever follows something is told that there is more of it. */
export interface Bell {
  ring: () => void
  reset: () => void
  /** `false`: the time was over before it rang. */
  wait: (timeoutMs: number) => Promise<boolean>
  close: () => void
}

/** Remembers a ring that comes while nobody waits. The signal rings it, too, and for good. */
export function createBell (signal: AbortSignal): Bell {
  let rung = signal.aborted
  let answer: ((rung: boolean) => void) | null = null
  const ring = (): void => {
    rung = true
    answer?.(true)
  }
  signal.addEventListener('abort', ring)
  return {
    ring,
    reset: () => { rung = signal.aborted },
    wait: async timeoutMs => {
      if (rung) return true
      const { promise, resolve } = Promise.withResolvers<boolean>()
      answer = resolve
      const timer = setTimeout(() => resolve(false), timeoutMs)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        answer = null
      }
    },
    close: () => signal.removeEventListener('abort', ring)
  }
}
