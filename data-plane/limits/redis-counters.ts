import { CountersAway, type SharedCounters, type Spend, type Taken, type WindowCount } from './counter.ts'
import { connectRedis, type RedisConnection, type RedisConnectionOptions } from './redis-connection.ts'
import { RedisTimeout } from './redis-fault.ts'
import { keepRedisLink, type RedisLinkOptions } from './redis-link.ts'
import type { RedisOutcome, RedisStep } from './redis-script.ts'

export interface RedisCounters extends SharedCounters {
  /** Resolves when hits can be counted, or it is known that they cannot at the moment. */
  ready: Promise<void>
  close: () => Promise<void>
}

export type RedisCountersOptions = RedisConnectionOptions & Pick<RedisLinkOptions, 'onState'>

/** Hits of one window. */
interface Group {
  key: string
  windowMs: number
  waiting: Array<PromiseWithResolvers<WindowCount>>
}

interface Take {
  spends: readonly Spend[]
  waiting: PromiseWithResolvers<Taken>
}

/** Of a key that is to be there once. */
interface Once {
  key: string
  keptMs: number
  waiting: PromiseWithResolvers<boolean>
}

interface Batch {
  groups: Map<string, Group>
  takes: Take[]
  onces: Once[]
  corrections: RedisStep[]
  /** So many wait for it. */
  waiting: number
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
    waiting -= batch.waiting
  }
  const fail = (batch: Batch): void => {
    settle(batch)
    for (const group of batch.groups.values()) for (const hit of group.waiting) hit.reject(away)
    for (const { waiting } of [...batch.takes, ...batch.onces]) waiting.reject(away)
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
    const batch: Batch = { groups: new Map(), takes: [], onces: [], corrections: [], waiting: 0, timer, connection: null, isSettled: false }
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
    inFlight++
    try {
      const outcomes = await connection.count(stepsOf(batch))
      settle(batch)
      shareOut(batch, outcomes)
    } catch {
      // The connection has told the link why.
      fail(batch)
    } finally {
      inFlight--
      flush()
    }
  }

  /** `null`: there is nobody to ask, or as many wait as may. */
  const join = (): Batch | null => {
    if (link.connection === null || waiting >= maxWaiting) return null
    waiting++
    next ??= begin()
    next.waiting++
    return next
  }

  return {
    ready: link.ready,
    close: link.close,
    get isAway () { return link.connection === null },
    hit: (key, windowMs) => {
      const batch = join()
      if (batch === null) return Promise.reject(away)
      const hit = Promise.withResolvers<WindowCount>()
      const id = `${windowMs}/${key}`
      const group = batch.groups.get(id)
      if (group === undefined) batch.groups.set(id, { key, windowMs, waiting: [hit] })
      else group.waiting.push(hit)
      return hit.promise
    },
    take: spends => {
      const batch = join()
      if (batch === null) return Promise.reject(away)
      const take = { spends, waiting: Promise.withResolvers<Taken>() }
      batch.takes.push(take)
      return take.waiting.promise
    },
    once: (key, keptMs) => {
      const batch = join()
      if (batch === null) return Promise.reject(away)
      const once = { key, keptMs, waiting: Promise.withResolvers<boolean>() }
      batch.onces.push(once)
      return once.waiting.promise
    },
    correct: corrections => {
      // What cannot be corrected now is not corrected later: its window may be another one by then.
      join()?.corrections.push({ action: 'correct', spends: corrections.map(({ delta, ...counter }) => ({ ...counter, max: 0, cost: delta })) })
    }
  }
}

/** What is given back is there for those who take. */
function stepsOf ({ groups, takes, onces, corrections }: Batch): RedisStep[] {
  return [
    ...corrections,
    ...Array.from(groups.values(), ({ key, windowMs, waiting }): RedisStep => ({ action: 'hit', spends: [{ key, windowMs, isSliding: false, max: 0, cost: waiting.length }] })),
    ...takes.map(({ spends }): RedisStep => ({ action: 'take', spends })),
    ...onces.map(({ key, keptMs }): RedisStep => ({ action: 'once', spends: [{ key, windowMs: keptMs, isSliding: false, max: 0, cost: 0 }] }))
  ]
}

function shareOut ({ groups, takes, onces, corrections }: Batch, outcomes: readonly RedisOutcome[]): void {
  let at = corrections.length
  for (const { waiting } of groups.values()) {
    const { count, resetsInMs } = outcomes[at++]!.counts[0]!
    // The first of the hits was the first one counted.
    const before = count - waiting.length
    waiting.forEach((hit, i) => hit.resolve({ count: before + i + 1, resetsInMs }))
  }
  for (const take of takes) take.waiting.resolve(outcomes[at++]!)
  for (const once of onces) once.waiting.resolve(outcomes[at++]!.isTaken)
}
