import { StoreError } from '../store.ts'

/** Who has waited for so long is told to come again: when the database stands still, each before it has taken its time to learn so. */
const patienceMs = 10_000

/** Runs what comes in one after the other, in the order in which it came. @throws {StoreError} `unavailable` where it has to wait too long */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

export function createTurns (): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return async work => {
    const impatientAt = performance.now() + patienceMs
    const turn = last.then(async () => {
      if (performance.now() > impatientAt) throw new StoreError('unavailable', 'The database is too slow for what is asked of it')
      return await work()
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
