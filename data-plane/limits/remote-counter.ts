import type { CountsMessage, HitsMessage } from '../messages.ts'
import { createWindowCounters, type WindowCount, type WindowCounters } from './counter.ts'

export interface RemoteWindowCounters extends WindowCounters {
  hit: (key: string, windowMs: number) => Promise<WindowCount>
  /** To be called with the supervisor's answers. */
  receive: (message: CountsMessage) => void
  /** The supervisor is gone: whatever waits, and every later hit, is counted here, from nothing. */
  close: () => void
}

interface Waiting {
  key: string
  windowMs: number
  resolve: (count: WindowCount) => void
  reject: (error: Error) => void
}

/** Between this and twice as long a hit waits at the most: the supervisor has been stopped, or does something long. */
const defaultPatienceMs = 500

/**
 * Counters that another process owns, so that all workers of a machine count together and exactly. The hits of one turn of the event
 * loop travel in one message: a busy worker sends few large messages, an idle one does not wait. While that process does not answer, this one
 * counts by itself.
 */
export function createRemoteCounters (send: (message: HitsMessage) => void, { patienceMs = defaultPatienceMs } = {}): RemoteWindowCounters {
  const sent = new Map<number, Waiting[]>()
  let batch: HitsMessage['batch'] = []
  let waiting: Waiting[] = []
  let lastId = 0
  /** In use while nobody else counts. */
  const own = createWindowCounters()
  let isAlone = false
  let closed = false
  let patience: NodeJS.Timeout | null = null

  const flush = (): void => {
    if (waiting.length === 0) return
    const id = ++lastId
    sent.set(id, waiting)
    send({ type: 'hits', id, batch })
    batch = []
    waiting = []
    if (patience === null) watch(id)
  }
  /** One look for many messages. */
  const watch = (id: number): void => {
    // What has come in while this process was busy is read before anything is given up.
    patience = setTimeout(() => setImmediate(() => {
      patience = null
      if (sent.has(id)) countAlone()
      else if (sent.size > 0) watch(lastId)
    }), patienceMs)
  }
  const countAlone = (): void => {
    isAlone = true
    for (const { key, windowMs, resolve } of [...sent.values(), waiting].flat()) resolve(own.hit(key, windowMs))
    sent.clear()
    batch = []
    waiting = []
  }

  return {
    hit: (key, windowMs) => new Promise((resolve, reject) => {
      if (isAlone) return resolve(own.hit(key, windowMs))
      if (batch.length === 0) setImmediate(flush)
      batch.push([key, windowMs])
      waiting.push({ key, windowMs, resolve, reject })
    }),
    receive: message => {
      // Late as it is: it answers again.
      isAlone = closed
      const answered = sent.get(message.id)
      if (answered === undefined) return
      sent.delete(message.id)
      answered.forEach(({ resolve, reject }, index) => {
        const count = message.batch[index]
        if (count === undefined) reject(new CountMissing())
        else resolve(count)
      })
    },
    close: () => {
      closed = true
      if (patience !== null) clearTimeout(patience)
      countAlone()
    }
  }
}

/** The process that owns the counters has answered for fewer hits than it was told. */
export class CountMissing extends Error {
  override readonly name = 'CountMissing'
  constructor () {
    super('the supervisor, which counts for all workers, has left a hit out')
  }
}
