import type { Clock } from '#shared/clock.ts'
import type { LogBatch } from '#shared/logs.ts'
import type { LogStore } from '../../log-store.ts'
import { StoreError } from '../../store.ts'
import { isDuplicate } from '../errors.ts'
import { createTurns } from '../turns.ts'
import { appendBatch, BatchIsThere, type Appended } from './append.ts'
import { createAppends, findPlaces } from './appends.ts'
import { openLogDatabase, type Opened } from './database.ts'
import { findPosition, listLines, readOn } from './read.ts'
import { forgetBatches, forgetOld, forgetSurplus } from './trim.ts'

export interface MongoLogStoreOptions {
  /** As the store's: the logs are in the same database, in collections of their own. */
  url: string
  clock: Clock
  maxAgeMs: number
  maxBytes: number
  /** How often lines that have come to other control planes are looked for while somebody follows. */
  pollMs?: number
}

/** Room is made after this part of it has been filled, so that control planes together go little beyond it. */
const partsOfRoom = 50

/**
 * Logs in a MongoDB replica set, which any number of control planes share. It is connected to when it is first needed, apart from the store, whose
 * connections logs do not take. Lines are acknowledged by the primary alone: an election may take the last ones back, and no log is worth the wait
 * for a majority.
 */
export function createMongoLogStore (options: MongoLogStoreOptions): LogStore {
  const { url, clock, maxAgeMs, maxBytes, pollMs = 500 } = options
  const { use, close } = openLogDatabase(url)
  const appends = createAppends(async ids => await use(async ({ collections }) => await findPlaces(collections, ids)), pollMs)
  const inTurn = createTurns()
  let filled = 0

  const floor = (since: number): number => Math.max(since, clock.now() - maxAgeMs)
  const makeRoom = async ({ collections, inTransaction }: Opened, bytes: number): Promise<void> => {
    filled += bytes
    if (filled < maxBytes / partsOfRoom) return
    filled = 0
    while (await forgetSurplus(collections, inTransaction, maxBytes));
  }
  return {
    // Batches of this process wait for each other here rather than to collide there.
    append: async batch => await use(async opened => await inTurn(async () => {
      const { heads, bytes } = await append(opened, batch, clock.now())
      appends.made(heads)
      await makeRoom(opened, bytes)
    })),
    list: async (environment, query, page) =>
      await use(async ({ collections }) => await listLines(collections, environment, { ...query, since: floor(query.since) }, page)),
    position: async (environment, since) =>
      await use(async ({ collections }) => await findPosition(collections, environment, since === null ? null : floor(since))),
    readOn: async (environment, after, filter) =>
      await use(async ({ collections }) => await readOn(collections, environment, after, { ...filter, since: floor(filter.since) })),
    onAppend: appends.onAppend,
    trim: async () => await use(async ({ collections, inTransaction }) => {
      const more = [
        await forgetOld(collections, inTransaction, clock.now() - maxAgeMs),
        await forgetSurplus(collections, inTransaction, maxBytes),
        await forgetBatches(collections, clock.now())
      ]
      return more.includes(true)
    }),
    close: async () => {
      await appends.close()
      await close()
    }
  }
}

/** Two who make the head of one environment at once are told so in more ways than one; the second one finds it there when it tries again. */
async function append ({ collections, inTransaction }: Opened, batch: LogBatch, now: number): Promise<Appended> {
  const run = async (): Promise<Appended> => {
    try {
      return await inTransaction(async session => await appendBatch(collections, batch, now, session))
    } catch (error) {
      if (error instanceof BatchIsThere) return { heads: [], bytes: 0 }
      throw error
    }
  }
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof StoreError) || !isDuplicate(error.cause)) throw error
    return await run()
  }
}
