import type { FeedMessage, FeedState } from '#shared/feed.ts'
import { createBell } from '../bell.ts'
import type { FeedReader, Store } from '../store/store.ts'
import type { Mailbox } from './mailbox.ts'

export interface FollowOptions {
  /** How long nothing is sent before a heartbeat is. */
  heartbeatMs: number
  /** Ends it: the reader is gone, or this process is about to be. */
  signal: AbortSignal
  /** Messages for this reader alone. They go between batches, each after all that was committed before it was put there. */
  mailbox: Mailbox
  /** What the reader is to know the state by; default: the store's id. */
  view?: string
}

/** Lines are joined up to here, so that a snapshot is not a write to the socket for each of its items. */
const chunkLength = 64 * 1024

/**
 * The lines of one reader's stream. The next ones are read when the last ones were taken, so a slow reader costs no memory here, and
 * all that was written meanwhile comes as one change.
 */
export async function * followFeed (store: Store, reader: FeedReader, { heartbeatMs, signal, mailbox, view }: FollowOptions): AsyncGenerator<string> {
  const bell = createBell(signal)
  const stop = store.onCommit(bell.ring)
  mailbox.onPut(bell.ring)
  let position = reader
  try {
    while (!signal.aborted) {
      bell.reset()
      let quiet = true
      let chunk = ''
      for await (const message of store.readFeed(position)) {
        quiet = false
        chunk += line(message.type === 'begin' && view !== undefined ? { ...message, store: view } : message)
        position = advance(position, message)
        if (chunk.length < chunkLength) continue
        yield chunk
        chunk = ''
        if (signal.aborted) return
      }
      // The first answer is a heartbeat where there is nothing to say: the reader knows that it is connected and lacks nothing.
      yield quiet ? line({ type: 'heartbeat', revision: position.after }) : chunk
      for (let mail = mailbox.take(); mail !== null; mail = mailbox.take()) yield line(mail)
      while (!signal.aborted && !(await bell.wait(heartbeatMs))) yield line({ type: 'heartbeat', revision: position.after })
    }
  } finally {
    stop()
    bell.close()
  }
}

/** What the reader holds once it has applied the message. */
function advance (position: FeedReader, message: FeedState): FeedReader {
  if (message.type === 'begin') return { ...position, store: message.store }
  if (message.type === 'commit') return { ...position, after: message.revision }
  return position
}

function line (message: FeedMessage): string {
  return `${JSON.stringify(message)}\n`
}
