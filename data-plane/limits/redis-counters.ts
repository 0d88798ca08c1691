import { CountersAway, type SharedCounters, type WindowCount } from './counter.ts'
import { connectRedis, type RedisConnection, type RedisConnectionOptions } from './redis-connection.ts'
import { RedisTimeout } from './redis-fault.ts'
import { keepRedisLink, type RedisLinkOptions } from './redis-link.ts'

export interface RedisCounters extends SharedCounters {
  /** Resolves when hits can be counted, or it is known that they cannot at the moment. */
  ready: Promise<void>
  close: () => Promise<void>
}

export type RedisCountersOptions = RedisConnectionOptions & Pick<RedisLinkOptions, 'onState'>

interface Group {
  key: string
  windowMs: number
  waiting: Array<PromiseWithResolvers<WindowCount>>
}

interface Batch {
  groups: Map<string, Group>
  hits: number
  timer: NodeJS.Timeout
  /** Where it was sent; `null`: not yet. */
  connection: RedisConnection | null
  isSettled: boolean
}

/** Commands without an answer. What comes meanwhile is the next one, which is larger. */
const maxInFlight = 8
/** Hits without a count, of all batches. */
const maxWaiting = 10_000

/**
 * Counters in Redis. The hits of one turn of the event loop travel in one command, one number for all hits of a key: so a key that many
 * ask for costs no more than one that few do. A hit waits for `timeoutMs` at the longest, and not at all while there is no connection.
 */
export function createRedisCounters ({ url, timeoutMs, onState }: RedisCountersOptions): RedisCounters {
  const link = keepRedisLink({ connect: async () => await connectRedis({ url, timeoutMs }), onState })
  const away = new CountersAway()
  const late = new RedisTimeout('no answer', timeoutMs).message
  let next: Batch | null = null
  let inFlight = 0
  let waiting = 0

  const settle = (batch: Batch): void => {
    clearTimeout(batch.timer)
    batch.isSettled = true
    waiting -= batch.hits
  }
  const fail = (batch: Batch): void => {
    settle(batch)
    for (const group of batch.groups.values()) for (const hit of group.waiting) hit.reject(away)
  }
  const expire = (batch: Batch): void => {
    if (batch.isSettled) return
    (batch.connection ?? link.connection)?.drop(late)
    if (batch !== next) return
    next = null
    fail(batch)
  }
  const begin = (): Batch => {
    // What has come in while the process was busy is read before anything is given up.
    const timer = setTimeout(() => setImmediate(expire, batch), timeoutMs)
    const batch: Batch = { groups: new Map(), hits: 0, timer, connection: null, isSettled: false }
    setImmediate(flush)
    return batch
  }
  const flush = (): void => {
    if (next === null || inFlight === maxInFlight) return
    const batch = next
    next = null
    batch.connection = link.connection
    if (batch.connection === null) fail(batch)
    else void send(batch, batch.connection)
  }
  const send = async (batch: Batch, connection: RedisConnection): Promise<void> => {
    const groups = [...batch.groups.values()]
    inFlight++
    try {
      const counts = await connection.count(groups.map(({ key, windowMs, waiting }) => ({ key, windowMs, hits: waiting.length })))
      settle(batch)
      groups.forEach((group, i) => shareOut(group, counts[i]!))
    } catch {
      // The connection has told the link why.
      fail(batch)
    } finally {
      inFlight--
      flush()
    }
  }

  return {
    ready: link.ready,
    close: link.close,
    get isAway () { return link.connection === null },
    hit: (key, windowMs) => {
      if (link.connection === null || waiting >= maxWaiting) return Promise.reject(away)
      const hit = Promise.withResolvers<WindowCount>()
      next ??= begin()
      const id = `${windowMs}/${key}`
      const group = next.groups.get(id)
      if (group === undefined) next.groups.set(id, { key, windowMs, waiting: [hit] })
      else group.waiting.push(hit)
      next.hits++
      waiting++
      return hit.promise
    }
  }
}

/** The first of the hits was the first one counted. */
function shareOut ({ waiting }: Group, { count, resetsInMs }: WindowCount): void {
  const before = count - waiting.length
  waiting.forEach((hit, i) => hit.resolve({ count: before + i + 1, resetsInMs }))
}
