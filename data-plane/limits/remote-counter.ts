import type { CountsMessage, HitsMessage } from '../messages.ts'
import type { WindowCount, WindowCounters } from './counter.ts'

export interface RemoteWindowCounters extends WindowCounters {
  hit: (key: string, windowMs: number) => Promise<WindowCount>
  /** To be called with the supervisor's answers. */
  receive: (message: CountsMessage) => void
  /** The supervisor is gone: whatever waits is rejected, and so is every later hit. */
  close: () => void
}

interface Waiting {
  resolve: (count: WindowCount) => void
  reject: (error: Error) => void
}

/**
 * Counters that another process owns, so that all workers of a machine count together and exactly. The hits of one turn of the event
 * loop travel in one message: a busy worker sends few large messages, an idle one does not wait.
 */
export function createRemoteCounters (send: (message: HitsMessage) => void): RemoteWindowCounters {
  const sent = new Map<number, Waiting[]>()
  let batch: HitsMessage['batch'] = []
  let waiting: Waiting[] = []
  let lastId = 0
  let closed = false

  const flush = (): void => {
    if (closed) return
    const id = ++lastId
    sent.set(id, waiting)
    send({ type: 'hits', id, batch })
    batch = []
    waiting = []
  }

  return {
    hit: (key, windowMs) => new Promise((resolve, reject) => {
      if (closed) return reject(new CountersGone())
      if (batch.length === 0) setImmediate(flush)
      batch.push([key, windowMs])
      waiting.push({ resolve, reject })
    }),
    receive: message => {
      const answered = sent.get(message.id)
      if (answered === undefined) return
      sent.delete(message.id)
      answered.forEach(({ resolve, reject }, index) => {
        const count = message.batch[index]
        if (count === undefined) reject(new CountersGone())
        else resolve(count)
      })
    },
    close: () => {
      closed = true
      for (const { reject } of [...sent.values(), waiting].flat()) reject(new CountersGone())
      sent.clear()
      waiting = []
    }
  }
}

/** The process that owns the counters does not answer any more. */
export class CountersGone extends Error {
  override readonly name = 'CountersGone'
  constructor () {
    super('the supervisor, which counts for all workers, is gone')
  }
}
