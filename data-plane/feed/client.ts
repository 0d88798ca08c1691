import { setTimeout as delay } from 'node:timers/promises'
import { feedHeartbeatMs, type FeedMessage } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { FeedRefused, ReplicaDamaged, type ReplicaBatch, type ReplicaWriter } from '../replica/writer.ts'
import { createFeedAgent, FeedDenied, openFeed } from './connection.ts'
import { FeedMalformed } from './lines.ts'
import { parseFeedMessage } from './parse.ts'

export interface FeedClient {
  /** Resolves when it gives up, which only damage of the replica makes it do. */
  failed: Promise<ReplicaDamaged>
  /** Ends the connection at once; a batch that is half received has then never happened. */
  close: () => Promise<void>
}

export interface FeedClientOptions {
  controlUrl: string
  token: () => string | null
  environments: readonly string[] | null
  writer: ReplicaWriter
  /** After each commit, before the next message is looked at. */
  onChange: (change: ReplicaChange) => void
  logger: Logger
  /** How often the control plane is heard of at least. */
  heartbeatMs?: number
  firstBackoffMs?: number
  longestBackoffMs?: number
}

/** Keeps the replica up to date: follows the feed, and connects again for as long as it takes. */
export function followFeed (options: FeedClientOptions): FeedClient {
  const { heartbeatMs = feedHeartbeatMs, firstBackoffMs = 100, longestBackoffMs = 5_000, writer, logger } = options
  const source = { ...options, silenceMs: 3 * heartbeatMs }
  const agent = createFeedAgent(source.silenceMs)
  const closing = new AbortController()
  const { promise: failed, resolve: fail } = Promise.withResolvers<ReplicaDamaged>()
  let needsSnapshot = false
  let failures = 0
  let lastReason: string | null = null

  /** The feed works: what was wrong before is over. */
  const onProgress = (): void => {
    if (lastReason !== null || failures > 0) logger.info(writer.position(), 'following the change feed again')
    failures = 0
    lastReason = null
    needsSnapshot = false
  }

  const readOnce = async (): Promise<void> => {
    const position = needsSnapshot ? { store: null, revision: 0 } : writer.position()
    const reader = createBatchReader(writer, options.onChange, onProgress)
    try {
      for await (const line of openFeed(agent, source, position, closing.signal)) reader.read(parseFeedMessage(line))
    } finally {
      reader.end()
    }
    throw new Error('the control plane ended the feed')
  }

  /** Takes note of what went wrong, and says how long to wait. */
  const onFailure = (error: unknown): number => {
    if (error instanceof FeedRefused && error.needsSnapshot) needsSnapshot = true
    const reason = error instanceof Error ? error.message : String(error)
    // The same again every few seconds for hours helps nobody.
    logger[reason === lastReason ? 'debug' : 'warn']({ err: error, controlUrl: options.controlUrl }, explain(error))
    lastReason = reason
    failures++
    if (error instanceof FeedDenied && error.unauthorized) return longestBackoffMs * (1 + Math.random()) / 2
    // Full jitter: data planes that lost the same control plane come back spread out.
    return Math.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20))
  }

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await readOnce()
      } catch (error) {
        if (closing.signal.aborted) return
        if (error instanceof ReplicaDamaged) return fail(error)
        await pause(onFailure(error), closing.signal)
      }
    }
  }

  const ended = run()
  return {
    failed,
    close: async () => {
      closing.abort()
      await ended
      await agent.destroy()
    }
  }
}

interface BatchReader {
  read: (message: FeedMessage) => void
  end: () => void
}

/** From `begin` to `commit` into the replica; a batch without its commit is rolled back at the end. */
function createBatchReader (writer: ReplicaWriter, onChange: (change: ReplicaChange) => void, onProgress: () => void): BatchReader {
  let batch: ReplicaBatch | null = null
  const opened = (): ReplicaBatch => {
    if (batch === null) throw new FeedMalformed('something stands outside a batch')
    return batch
  }
  return {
    read: message => {
      switch (message.type) {
        case 'begin':
          if (batch !== null) throw new FeedMalformed('a batch begins within another')
          batch = writer.begin(message)
          return
        case 'commit': {
          const change = opened().commit(message)
          batch = null
          onProgress()
          return onChange(change)
        }
        case 'heartbeat':
          if (batch === null) onProgress()
          return
        case 'gateway':
        case 'environment':
        case 'client':
        case 'function-version':
          return opened().apply(message)
      }
    },
    end: () => batch?.rollback()
  }
}

function explain (error: unknown): string {
  if (error instanceof FeedDenied && error.unauthorized) {
    return 'the control plane refuses the data-plane token; serving what is known, and trying again slowly'
  }
  if (error instanceof FeedMalformed || error instanceof FeedRefused) return 'the change feed was not usable; serving what is known, and connecting again'
  return 'the change feed cannot be reached; serving what is known, and connecting again'
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
