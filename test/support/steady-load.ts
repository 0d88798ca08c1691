import { Agent, request } from 'undici'
import type { Test } from 'tap'

/** Requests one after the other on connections that are kept, until it is stopped. */
export interface SteadyLoad {
  /** So many more have been answered when it resolves. */
  progress: (answers: number) => Promise<void>
  /** Finishes what is under way. */
  stop: () => Promise<LoadOutcome>
}

export interface LoadOutcome {
  answered: number
  /** What was no `200`, or no answer at all. */
  failures: string[]
}

export interface SteadyLoadOptions {
  url: string
  headers: Record<string, string>
  /** Each has a connection of its own. */
  clients?: number
  /** Of those connections. */
  connect?: { rejectUnauthorized?: boolean }
}

export function startLoad (t: Test, { url, headers, clients = 8, connect = {} }: SteadyLoadOptions): SteadyLoad {
  const failures: string[] = []
  let answered = 0
  const stopping = new AbortController()
  let waiting: Array<{ at: number, resolve: () => void }> = []

  const ask = async (dispatcher: Agent): Promise<void> => {
    try {
      const { statusCode, body } = await request(url, { headers, dispatcher })
      const text = await body.text()
      if (statusCode !== 200) failures.push(`${statusCode} ${text}`)
    } catch (error) {
      failures.push(String(error))
    }
    answered++
    for (const { at, resolve } of waiting) if (answered >= at) resolve()
    waiting = waiting.filter(({ at }) => at > answered)
  }
  const run = async (): Promise<void> => {
    const dispatcher = new Agent({ connections: 1, pipelining: 1, connect })
    while (!stopping.signal.aborted) await ask(dispatcher)
    await dispatcher.close()
  }
  const ended = Promise.all(Array.from({ length: clients }, run))
  const stop = async (): Promise<LoadOutcome> => {
    stopping.abort()
    await ended
    return { answered, failures }
  }
  t.teardown(stop)
  return {
    progress: async answers => await new Promise<void>(resolve => { waiting.push({ at: answered + answers, resolve }) }),
    stop
  }
}
