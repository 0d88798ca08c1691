import { createAsking } from './asking.ts'
import type { EnteredMessage, EntersMessage, LeavesMessage } from '../messages.ts'

/** Counts what is under way, by key. */
export interface Concurrency {
  enter: (key: string, max: number) => Entered | Promise<Entered>
}

export interface LocalConcurrency extends Concurrency {
  enter: (key: string, max: number) => Entered
}

export interface Entered {
  /** To be called once, when it is over; `null`: there was no room. */
  leave: (() => void) | null
  /** So many are under way, this one included where it is in. */
  count: number
}

/** What is under way in this process and in those that ask it. */
export interface Places {
  /** @returns the count, this one included; `null`: there was no room */
  enter: (key: string, max: number) => number | null
  count: (key: string) => number
  leave: (key: string) => void
}

export interface SharedPlaces extends Places {
  /** For one worker: when it is gone, all that it had under way is over. */
  ofWorker: () => Places & { close: () => void }
}

export function createPlaces (): SharedPlaces {
  const counts = new Map<string, number>()
  const add = (map: Map<string, number>, key: string, delta: number): void => {
    const count = (map.get(key) ?? 0) + delta
    if (count > 0) map.set(key, count)
    else map.delete(key)
  }
  const places: Places = {
    count: key => counts.get(key) ?? 0,
    enter: (key, max) => {
      const count = counts.get(key) ?? 0
      if (count >= max) return null
      counts.set(key, count + 1)
      return count + 1
    },
    leave: key => add(counts, key, -1)
  }
  return {
    ...places,
    ofWorker: () => {
      const own = new Map<string, number>()
      return {
        count: places.count,
        enter: (key, max) => {
          const count = places.enter(key, max)
          if (count !== null) add(own, key, 1)
          return count
        },
        leave: key => {
          if (!own.has(key)) return
          add(own, key, -1)
          places.leave(key)
        },
        close: () => {
          for (const [key, count] of own) add(counts, key, -count)
          own.clear()
        }
      }
    }
  }
}

/** Of the only worker. */
export function createConcurrency (places: Places = createPlaces()): LocalConcurrency {
  return {
    enter: (key, max) => {
      const count = places.enter(key, max)
      return count === null ? { leave: null, count: places.count(key) } : { leave: () => places.leave(key), count }
    }
  }
}

export interface RemoteConcurrency extends Concurrency {
  receive: (message: EnteredMessage) => void
  close: () => void
}

/** The supervisor knows what all workers have under way; while it does not answer, this one counts its own. */
export function createRemoteConcurrency (send: (message: EntersMessage | LeavesMessage) => void): RemoteConcurrency {
  const own = createConcurrency()
  const leave = (key: string): void => send({ type: 'leaves', keys: [key] })
  type Answer = EnteredMessage['batch'][number] | Entered
  const asking = createAsking<[key: string, max: number], Answer>({
    send: (id, batch) => send({ type: 'enters', id, batch }),
    answer: ([key, max]) => own.enter(key, max),
    // Nobody waits for these any more: they have been let in here.
    onLate: answers => {
      for (const answer of answers) if ('key' in answer && answer.isIn) leave(answer.key)
    }
  })
  return {
    enter: async (key, max) => {
      const answer = await asking.ask([key, max])
      if (!('key' in answer)) return answer
      return { leave: answer.isIn ? () => leave(key) : null, count: answer.count }
    },
    receive: ({ id, batch }) => asking.receive(id, batch),
    close: asking.close
  }
}
