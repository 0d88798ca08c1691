import type { ClientSession, MongoClient } from 'mongodb'
import type { FeedItem, FeedState } from '#shared/feed.ts'
import { allItems, followsOn, inTurns, itemsSince, needsSnapshot, scopeOf } from '../feed/messages.ts'
import type { FeedSource } from '../feed/source.ts'
import { StoreError, type FeedReader } from '../store.ts'
import { closedError, storeError } from './errors.ts'
import { openSource } from './feed-source.ts'
import type { Context } from './operations.ts'
import { transactionOptions } from './transaction.ts'
import type { Versions } from './versions.ts'

/** How often what has been committed meanwhile is sent after it, before it is read as one state that stands still. */
const chases = 3

export interface Feed {
  read: (reader: FeedReader) => AsyncGenerator<FeedState, void, undefined>
  /** Ends the reads under way: they reject with `unavailable`. */
  close: () => void
}

/**
 * A snapshot of a large store takes longer than the server keeps one state for a transaction. So the feed is read without one: what was committed
 * during a reading is sent after it, again and again, until nothing was. What is then sent is the state of the last revision, whatever each reading
 * met. Where writers are too quick for that, the last bit is read in a transaction.
 */
export function openFeed (client: MongoClient, context: Context, versions: Versions, store: string): Feed {
  let isClosed = false
  return {
    read: async function * (reader) {
      if (isClosed) throw closedError()
      // Within one session no read sees less than the one before, also after an election.
      const session = client.startSession({ causalConsistency: true })
      try {
        for await (const message of messages(openSource(context, versions, store, session), reader, session)) {
          yield message
          if (isClosed) throw closedError()
        }
      } catch (error) {
        throw isClosed ? closedError() : storeError(error)
      } finally {
        await session.endSession()
      }
    },
    close: () => { isClosed = true }
  }
}

async function * messages (source: FeedSource, reader: FeedReader, session: ClientSession): AsyncGenerator<FeedState, void, undefined> {
  const first = await source.head()
  if (reader.store === source.store && reader.after === first) return
  const snapshot = await needsSnapshot(source, reader, first)
  yield { type: 'begin', store: source.store, snapshot }
  yield * inTurns(snapshot ? allItems(source, scopeOf(reader)) : itemsSince(source, reader.after, scopeOf(reader)))
  yield { type: 'commit', revision: yield * chase(source, reader, session, first) }
}

/** Sends what has been committed after `from`, and returns the revision whose state has been sent then. */
async function * chase (source: FeedSource, reader: FeedReader, session: ClientSession, from: number): AsyncGenerator<FeedItem, number, undefined> {
  let sent = from
  for (let round = 1; round <= chases; round++) {
    const head = await source.head()
    if (head === sent) return sent
    await refuseGap(source, sent)
    yield * inTurns(itemsSince(source, sent, scopeOf(reader)))
    sent = head
  }
  session.startTransaction(transactionOptions)
  try {
    const head = await source.head()
    await refuseGap(source, sent)
    yield * inTurns(itemsSince(source, sent, scopeOf(reader)))
    await session.commitTransaction()
    return head
  } finally {
    if (session.inTransaction()) await session.abortTransaction()
  }
}

async function refuseGap (source: FeedSource, after: number): Promise<void> {
  if (!await followsOn(source, after)) throw new StoreError('unavailable', 'The reading took longer than changes are kept')
}
