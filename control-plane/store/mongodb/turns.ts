/** Runs what comes in one after the other, in the order in which it came. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

export function createTurns (): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return async work => {
    const turn = last.then(work)
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
