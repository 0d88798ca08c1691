import type { DatabaseSync } from 'node:sqlite'
import type { FeedState } from '#shared/feed.ts'
import { feedMessages } from '../feed/messages.ts'
import type { FeedSource } from '../feed/source.ts'
import { StoreError, type FeedReader } from '../store.ts'
import { openReader } from './connection.ts'
import { closedError, guarded, storeError } from './errors.ts'
import { openSource } from './feed-source.ts'
import { idSetting, settingOperations } from './settings.ts'

/** Idle connections kept for the next readers; a data plane reads after every commit. */
const maxIdle = 4

interface Connection { db: DatabaseSync, source: FeedSource }

export interface Feed {
  read: (reader: FeedReader) => AsyncGenerator<FeedState, void, undefined>
  /** Ends the reads under way: they reject with `unavailable`. */
  close: () => void
}

/**
 * Each read has a connection and a read transaction of its own, so it sees one state while writers go on. The write-ahead log cannot
 * be cut back beyond that state meanwhile: a reader that takes nothing for `maxPauseMs` loses its read.
 */
export function openFeed (file: string, store: string, maxPauseMs: number): Feed {
  const idle: Connection[] = []
  const busy = new Set<Connection>()
  let closed = false

  const acquire = (): Connection => {
    if (closed) throw closedError()
    const connection = idle.pop() ?? guarded(() => openConnection(file, store))
    busy.add(connection)
    return connection
  }
  const release = (connection: Connection): void => {
    if (!busy.delete(connection)) return
    if (connection.db.isTransaction) connection.db.exec('ROLLBACK')
    if (idle.length >= maxIdle) connection.db.close()
    else idle.push(connection)
  }

  const giveUp = (connection: Connection): void => {
    if (busy.delete(connection)) connection.db.close()
  }

  return {
    read: async function * (reader) {
      const connection = acquire()
      const pause = setTimeout(giveUp, maxPauseMs, connection).unref()
      try {
        connection.db.exec('BEGIN')
        for await (const message of feedMessages(connection.source, reader)) {
          pause.refresh()
          yield message
        }
      } catch (error) {
        if (busy.has(connection)) throw storeError(error)
        throw closed ? closedError() : new StoreError('unavailable', `The feed was given up: nothing was read of it for ${maxPauseMs} ms`)
      } finally {
        clearTimeout(pause)
        release(connection)
      }
    },
    close: () => {
      closed = true
      for (const { db } of idle.splice(0)) db.close()
      for (const connection of busy) giveUp(connection)
    }
  }
}

function openConnection (file: string, store: string): Connection {
  const db = openReader(file)
  try {
    if (settingOperations(db).getSetting(idSetting) !== store) {
      throw new StoreError('unavailable', `${file} is another store than the one that was opened`)
    }
    return { db, source: openSource(db, store) }
  } catch (error) {
    db.close()
    throw error
  }
}
