import { longestWriteMs, patienceMs, tooLate, within } from './patience.ts'

/**
 * Runs what comes in one after the other, in the order in which it came. What has not had its turn in time is not done: who asked was told so.
 * What does not end does not keep the others for ever: they collide with it, or it has ended in the database.
 */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

export function createTurns (): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return async work => {
    const deadline = performance.now() + patienceMs
    const turn = last.then(async () => {
      if (performance.now() > deadline) throw tooLate()
      return await within(longestWriteMs, work())
    })
    last = turn.catch(() => {})
    return await turn
  }
}

/** The same for each name apart; a name that nobody waits for any more costs nothing. */
export function createNamedTurns (): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const turns = new Map<string, { inTurn: InTurn, waiting: number }>()
  return async (name, work) => {
    const own = turns.get(name) ?? { inTurn: createTurns(), waiting: 0 }
    turns.set(name, own)
    own.waiting++
    try {
      return await own.inTurn(work)
    } finally {
      if (--own.waiting === 0) turns.delete(name)
    }
  }
}
