import type { CountsMessage, HitsMessage, TakenMessage, TakesMessage, CorrectionsMessage } from '../messages.ts'
import { createAsking } from './asking.ts'
import { createWindowCounters, type Spend, type Taken, type WindowCount, type WindowCounters } from './counter.ts'

export interface RemoteWindowCounters extends WindowCounters {
  hit: (key: string, windowMs: number) => Promise<WindowCount>
  take: (spends: readonly Spend[]) => Promise<Taken>
  /** To be called with the supervisor's answers. */
  receive: (message: CountsMessage | TakenMessage) => void
  /** The supervisor is gone: whatever waits, and every later hit, is counted here, from nothing. */
  close: () => void
}

/**
 * Counters that another process owns, so that all workers of a machine count together and exactly. While that process does not answer, this one
 * counts by itself.
 */
export function createRemoteCounters (send: (message: HitsMessage | TakesMessage | CorrectionsMessage) => void, { patienceMs }: { patienceMs?: number } = {}): RemoteWindowCounters {
  /** In use while nobody else counts. */
  const own = createWindowCounters()
  const patience = patienceMs === undefined ? {} : { patienceMs }
  const hits = createAsking<[key: string, windowMs: number], WindowCount>({
    send: (id, batch) => send({ type: 'hits', id, batch }), answer: ([key, windowMs]) => own.hit(key, windowMs), ...patience
  })
  const takes = createAsking<readonly Spend[], Taken>({
    send: (id, batch) => send({ type: 'takes', id, batch }), answer: own.take, ...patience
  })
  return {
    hit: async (key, windowMs) => await hits.ask([key, windowMs]),
    take: takes.ask,
    correct: corrections => {
      if (takes.isAlone) own.correct(corrections)
      else send({ type: 'corrections', batch: corrections })
    },
    receive: message => {
      if (message.type === 'counts') hits.receive(message.id, message.batch)
      else takes.receive(message.id, message.batch)
    },
    close: () => {
      hits.close()
      takes.close()
    }
  }
}
