import { NotComparable } from '../report.ts'

/** Where two come to, again and again, to do something together; each is given its own part of what came of it. */
export interface Meeting<Brought, Taken> {
  /** @throws what came of it, and where the other one has gone */
  arrive: (side: 0 | 1, brought: Brought) => Promise<Taken>
  /** Whoever waits, waits in vain. */
  leave: () => void
}

export function createMeeting<Brought, Taken> (together: (first: Brought, second: Brought) => Promise<[Taken, Taken]>): Meeting<Brought, Taken> {
  let waiting: { brought: Brought, taken: PromiseWithResolvers<Taken> } | null = null
  let isOver = false
  return {
    arrive: async (side, brought) => {
      if (waiting === null) {
        if (isOver) throw alone()
        waiting = { brought, taken: Promise.withResolvers<Taken>() }
        return await waiting.taken.promise
      }
      const other = waiting
      waiting = null
      try {
        const both = side === 0 ? await together(brought, other.brought) : await together(other.brought, brought)
        other.taken.resolve(both[1 - side]!)
        return both[side]
      } catch (error) {
        other.taken.reject(error)
        throw error
      }
    },
    leave: () => {
      isOver = true
      waiting?.taken.reject(alone())
      waiting = null
    }
  }
}

function alone (): NotComparable {
  return new NotComparable('the other one measures no more')
}
