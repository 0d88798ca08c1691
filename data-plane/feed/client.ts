import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import { feedHeartbeatMs, type FeedAsk, type FeedInvoke } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { answersTraces } from '#shared/request-traces.ts'
import { ReplicaDamaged } from '../replica/errors.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { isPassing } from '../replica/sqlite-errors.ts'
import type { ReplicaWriter } from '../replica/writer.ts'
import { createBatchReader } from './batch-reader.ts'
import { createFeedAgent, openFeed } from './connection.ts'
import type { parseFeedMessage } from './parse.ts'
import { createRetry } from './retry.ts'

export interface FeedClient {
  /** Ends the connection at once; a batch that is half received has then never happened. */
  close: () => Promise<void>
}

export interface FeedClientOptions {
  controlUrl: string
  /** See `readControlCa`. */
  ca?: string | null
  token: () => string | null
  environments: readonly string[] | null
  /** As which this data plane tells what it serves; `null`: it does not. */
  nodeId?: string | null
  writer: ReplicaWriter
  /** Called where the replica turns out to be damaged, before it is asked again; what is served after it is followed from its own position. */
  onDamage: (error: ReplicaDamaged) => void
  /** After each commit, before the next message is looked at. */
  onChange: (change: ReplicaChange) => void
  /** Nothing is lacking: after each commit and each heartbeat. */
  onHeard?: () => void
  /** The connection has ended, or there was none. @param trouble what will keep the next one from being of use; `null`: nothing that is known here */
  onLost?: (trouble: DataPlaneTrouble | null) => void
  /** Something to be done once. Everything that was committed before it has been told. */
  onInvoke: (message: FeedInvoke) => void
  /** A question, likewise. Left out: this data plane is not to be asked. */
  onAsk?: (message: FeedAsk) => void
  logger: Logger
  /** How often the control plane is heard of at least. */
  heartbeatMs?: number
  firstBackoffMs?: number
  longestBackoffMs?: number
}

/** Keeps the replica up to date: follows the feed, and connects again for as long as it takes. */
export function followFeed (options: FeedClientOptions): FeedClient {
  const { heartbeatMs = feedHeartbeatMs, firstBackoffMs = 100, longestBackoffMs = 5_000, writer, onDamage } = options
  const logger = options.logger.child({ controlUrl: options.controlUrl })
  const source = { ...options, silenceMs: 3 * heartbeatMs, answers: options.onAsk === undefined ? null : answersTraces }
  const agent = createFeedAgent(source.silenceMs, options.ca)
  const retry = createRetry({ logger, firstBackoffMs, longestBackoffMs })
  const closing = new AbortController()
  let parse: typeof parseFeedMessage | null = null

  const readOnce = async (): Promise<void> => {
    const position = retry.needsSnapshot ? { store: null, revision: 0 } : writer.position()
    const onProgress = (): void => {
      retry.reset()
      options.onHeard?.()
    }
    const reader = createBatchReader({ ...options, onProgress })
    try {
      for await (const line of openFeed(agent, source, position, closing.signal)) {
        // Loaded once somebody speaks: schemas take half a second, which a start without a control plane has no use for.
        parse ??= (await import('./parse.ts')).parseFeedMessage
        await reader.read(parse(line))
      }
    } finally {
      reader.end()
    }
    throw new Error('the control plane ended the feed')
  }
  const run = async (): Promise<void> => {
    let damage: ReplicaDamaged | null = null
    while (!closing.signal.aborted) {
      try {
        if (damage !== null) onDamage(damage)
        damage = null
        await readOnce()
      } catch (error) {
        if (closing.signal.aborted) return
        if (error instanceof ReplicaDamaged) damage = error
        options.onLost?.(isPassing(error) ? 'replica_unwritable' : null)
        await retry.after(error, closing.signal)
      }
    }
  }

  const ended = run()
  return {
    close: async () => {
      closing.abort()
      await ended
      await agent.destroy()
    }
  }
}
