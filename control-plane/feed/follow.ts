import { createBell } from '../bell.ts'
import type { FeedReader } from '../store/store.ts'
import { line } from './batch.ts'
import { catchUp } from './catch-up.ts'
import { encode, type FeedEncoding } from './encoding.ts'
import type { Followers } from './followers.ts'
import type { Mailbox } from './mailbox.ts'
import type { SharedReads } from './shared-reads.ts'
import type { Turns } from './turns.ts'

/** What the readers of one store's feed have together. */
export interface FeedSources {
  /** The store's id. */
  storeId: string
  reads: SharedReads
  followers: Followers
  /** To be sent a snapshot. */
  turns: Turns
}

export interface FollowOptions {
  /** How long nothing is sent before a heartbeat is. */
  heartbeatMs: number
  /** Ends it: the reader is gone, or this process is about to be. */
  signal: AbortSignal
  /** Messages for this reader alone. They go between batches, each after all that was committed before it was put there. */
  mailbox: Mailbox
  /** What the reader is to know the state by; default: the store's id. */
  view?: string
  encoding?: FeedEncoding
}

/**
 * The frames of one reader's stream. The next ones are made when the last ones were taken, so a slow reader costs no memory here, and all that was
 * written meanwhile comes as one change.
 */
export async function * followFeed (sources: FeedSources, reader: FeedReader, options: FollowOptions): AsyncGenerator<Buffer> {
  const { heartbeatMs, signal, mailbox, view = sources.storeId, encoding = 'identity' } = options
  const bell = createBell(signal)
  const leave = sources.followers.join(bell.ring)
  mailbox.onPut(bell.ring)
  let after = reader.store === sources.storeId ? reader.after : null
  const heartbeat = async (): Promise<Buffer> => await encode(line({ type: 'heartbeat', revision: after! }), encoding)
  try {
    while (!signal.aborted) {
      bell.reset()
      const before = after
      // What was read for others may lead to less than there is by now, and no bell rings for what was committed before.
      const head = await sources.reads.head()
      let step: number | null
      do {
        step = after
        after = yield * catchUp({ ...sources, environments: reader.environments, view, encoding, heartbeatMs, signal }, after)
      } while (after < head && after !== step)
      // The first answer is a heartbeat where there is nothing to say: the reader knows that it is connected and lacks nothing.
      if (after === before) yield await heartbeat()
      for (let mail = mailbox.take(); mail !== null; mail = mailbox.take()) yield await encode(line(mail), encoding)
      while (!signal.aborted && !(await bell.wait(heartbeatMs))) yield await heartbeat()
    }
  } catch (error) {
    if (error !== signal.reason) throw error
  } finally {
    leave()
    bell.close()
  }
}
