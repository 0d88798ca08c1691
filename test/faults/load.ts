import { Agent, request } from 'undici'

/** Requests at a constant rate, whether or not the ones before have been answered, on connections that are kept. */
export interface Load {
  /** So many more have ended when it resolves. */
  progress: (requests: number) => Promise<void>
  /** Ends a process: what it may have had in hand at that moment is counted apart. */
  cut: (end: () => void) => void
  /** Waits for what is under way. */
  stop: () => Promise<LoadReport>
}

export interface LoadReport {
  sent: number
  /** What was no `200`, or no answer, and why. */
  failures: string[]
  /** Of a process that was killed: requests that it had, or that were sent on a connection whose end had not been heard of yet. */
  held: number
  /** The longest time in which no request was answered with `200`, in ms. */
  worstGapMs: number
}

export interface LoadTarget {
  url: string
  headers: Record<string, string>
}

/** The kernel tells of a peer's end at once; this process may be busy. */
const heardMs = 100
const connections = 16

/** @param targets asked in turn */
export function startLoad (targets: LoadTarget[], requestsPerSecond: number): Load {
  const dispatcher = new Agent({ connections, pipelining: 1 })
  const cuts: number[] = []
  const failures: string[] = []
  let [sent, ended, held, worstGapMs, lastSuccess] = [0, 0, 0, 0, performance.now()]
  let waiting: Array<{ at: number, resolve: () => void }> = []
  const pending = new Set<Promise<void>>()

  const isHeld = (begun: number, error: unknown): boolean =>
    isConnectionLost(error) && cuts.some(at => begun <= at + heardMs && performance.now() >= at)
  const ask = async ({ url, headers }: LoadTarget): Promise<void> => {
    const begun = performance.now()
    try {
      const { statusCode, body } = await request(url, { headers, dispatcher })
      const text = await body.text()
      if (statusCode === 200) succeed()
      else failures.push(`${statusCode} ${text}`)
    } catch (error) {
      if (isHeld(begun, error)) held++
      else failures.push(`${String(error)} after ${Math.round(performance.now() - begun)} ms`)
    }
  }
  const succeed = (): void => {
    worstGapMs = Math.max(worstGapMs, performance.now() - lastSuccess)
    lastSuccess = performance.now()
  }
  const send = async (): Promise<void> => {
    await ask(targets[sent++ % targets.length]!)
    ended++
    for (const { at, resolve } of waiting) if (ended >= at) resolve()
    waiting = waiting.filter(({ at }) => at > ended)
  }
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - startedAt) / 1_000 * requestsPerSecond)
    for (let missing = due - sent; missing > 0; missing--) {
      const one = send().finally(() => pending.delete(one))
      pending.add(one)
    }
  }, 5)
  return {
    progress: async requests => await new Promise<void>(resolve => { waiting.push({ at: ended + requests, resolve }) }),
    cut: end => {
      cuts.push(performance.now())
      end()
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(pending)
      succeed()
      await dispatcher.destroy()
      return { sent, failures, held, worstGapMs }
    }
  }
}

function isConnectionLost (error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(error.code))
}
