import { createClient, ErrorReply } from '@redis/client'
import { describeRedisFault, RedisTimeout } from './redis-fault.ts'
import { countCommand, readOutcomes, type RedisOutcome, type RedisStep } from './redis-script.ts'

/** A connection that has been seen to count. It is used until it is lost, and not mended. */
export interface RedisConnection {
  /** One round trip for all steps. Rejects when the connection is lost. */
  count: (steps: readonly RedisStep[]) => Promise<RedisOutcome[]>
  /** Resolves with the reason. */
  lost: Promise<string>
  /** What is under way fails. */
  drop: (reason: string) => void
}

export interface RedisConnectionOptions {
  url: string
  /** The longest that a count may take. */
  timeoutMs: number
}

/** For names, TCP, TLS and authentication together, and again for the first count. */
const connectTimeoutMs = 1_000
/** Short: to who has not said its password Redis answers long commands with another error than that. */
const trial: readonly RedisStep[] = [{ action: 'hit', spends: [{ key: 'trial', windowMs: 1_000, isSliding: false, max: 0, cost: 1 }] }]
/** With the other, all that a request may come to need: whoever may not do it is found out here. */
const secondTrial: readonly RedisStep[] = [{ action: 'take', spends: [true, false].map(isSliding => ({ key: 'trial', windowMs: 1_000, isSliding, max: 1_000_000, cost: 1 })) }]

/**
 * Connects, and counts something: so whatever keeps it from counting is known before a request relies on it.
 * @throws whatever `describeRedisFault` has words for
 */
export async function connectRedis ({ url, timeoutMs }: RedisConnectionOptions): Promise<RedisConnection> {
  const { promise: lost, resolve: resolveLost } = Promise.withResolvers<string>()
  const client = createClient({
    url,
    // What every server, proxy and restricted user understands.
    RESP: 2,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    // Nothing waits for a connection, and a new one is a new client: what was lost is answered without Redis.
    disableOfflineQueue: true,
    commandOptions: { timeout: 0 },
    socket: { reconnectStrategy: false, connectTimeout: connectTimeoutMs }
  })
  const drop = (reason: string): void => {
    resolveLost(reason)
    client.destroy()
  }
  client.on('error', (error: unknown) => drop(describeRedisFault(error)))
  const run = async (steps: readonly RedisStep[]): Promise<unknown> => {
    try {
      return await client.sendCommand(countCommand(steps, 'hash'))
    } catch (error) {
      // Nothing has been counted then: the server was told to forget its scripts, or never knew this one.
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error
      return await client.sendCommand(countCommand(steps, 'script'))
    }
  }
  const count: RedisConnection['count'] = async steps => {
    try {
      return readOutcomes(await run(steps), steps)
    } catch (error) {
      drop(describeRedisFault(error))
      throw error
    }
  }
  try {
    await within(connectTimeoutMs, 'no connection', client.connect())
    await within(connectTimeoutMs, 'no answer', count(trial))
    // One that is too slow for requests is not found out by them.
    await within(timeoutMs, 'no answer', count(secondTrial))
  } catch (error) {
    drop('it could not be used')
    throw error
  }
  return { count, lost, drop }
}

async function within<Value> (timeoutMs: number, what: string, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // A busy process looks at its timers before it reads what has come in long ago.
  const timer = setTimeout(() => setImmediate(() => reject(new RedisTimeout(what, timeoutMs))), timeoutMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
