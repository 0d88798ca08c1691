import { setTimeout as delay } from 'node:timers/promises'

/** @returns what was wrong with the answer; `null`: nothing */
export type AskOnce = () => Promise<string | null>

export interface SteadyOutcome {
  /** Of right answers, from when each request was to be sent: a wait that keeps others from being sent counts for these as well. */
  latenciesMs: number[]
  failures: string[]
}

/** Requests begun at a constant rate, whatever becomes of those before, until it is stopped. */
export interface Steady {
  /** What has been answered since this was last asked for. */
  take: () => SteadyOutcome
  /** Resolves when all that were begun have been answered. */
  stop: () => Promise<void>
}

export function startSteady (askOnce: AskOnce, perSecond: number): Steady {
  const stopping = new AbortController()
  let outcome: SteadyOutcome = { latenciesMs: [], failures: [] }
  const asked = new Set<Promise<void>>()
  const ask = async (dueAt: number): Promise<void> => {
    const wrong = await askOnce().catch(String)
    if (wrong === null) outcome.latenciesMs.push(performance.now() - dueAt)
    else outcome.failures.push(wrong)
  }
  const begin = (dueAt: number): void => {
    const answered = ask(dueAt).finally(() => asked.delete(answered))
    asked.add(answered)
  }
  const run = async (): Promise<void> => {
    const startedAt = performance.now()
    for (let index = 0; !stopping.signal.aborted; index++) {
      const dueAt = startedAt + index * 1_000 / perSecond
      const early = dueAt - performance.now()
      if (early > 1) await delay(early)
      begin(dueAt)
    }
  }
  const running = run()
  return {
    take: () => {
      const taken = outcome
      outcome = { latenciesMs: [], failures: [] }
      return taken
    },
    stop: async () => {
      stopping.abort()
      await running
      await Promise.all(asked)
    }
  }
}
