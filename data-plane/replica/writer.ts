import type { DatabaseSync } from 'node:sqlite'
import { systemClock, type Clock } from '#shared/clock.ts'
import type { FeedBegin, FeedCommit, FeedItem } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { createItemWriter, type ItemWriter } from './batch.ts'
import { FeedRefused, ReplicaDamaged } from './errors.ts'
import { lockReplica } from './lock.ts'
import { condemnReplica, openReplica } from './open.ts'
import type { ReplicaChange } from './replica.ts'
import { confine, refuseForeign, type Scope } from './scope.ts'
import { isDamage } from './sqlite-errors.ts'

/** The one writer of a replica. Every call may throw `ReplicaDamaged`. */
export interface ReplicaWriter {
  /** What to ask the feed for. `store` `null`: everything, since nothing that is held can be built upon. */
  position: () => ReplicaPosition
  /** Opens a batch; only one is open at a time. @throws {FeedRefused} */
  begin: (message: FeedBegin) => ReplicaBatch
  close: () => void
}

export interface ReplicaPosition {
  store: string | null
  revision: number
}

/** One batch of the feed: all of it, or nothing. Readers see it from `commit` on. After an error, it is to be rolled back. */
export interface ReplicaBatch {
  /** @throws {FeedRefused} */
  apply: (item: FeedItem) => void
  /** @throws {FeedRefused} */
  commit: (message: FeedCommit) => ReplicaChange
  /** Nothing of it has happened. */
  rollback: () => void
}

export interface ReplicaWriterOptions {
  file: string
  environments: Scope
  logger: Logger
  clock?: Clock
}

/** @throws {ReplicaInUse} where another process writes this replica */
export function openReplicaWriter ({ file, environments, logger, clock = systemClock }: ReplicaWriterOptions): ReplicaWriter {
  const lock = lockReplica(file)
  const { db, items } = openReplica(file, logger, db => {
    const items = createItemWriter(db, clock.now)
    confine(db, items, environments)
    return { db, items }
  })
  const meta = openMeta(db)
  const rollback = (): void => {
    if (db.isTransaction) db.exec('ROLLBACK')
    items.takeTouched()
  }
  const watched = createWatch(file)
  return {
    position: watched(meta.read),
    begin: watched(message => {
      const held = meta.read()
      refuseStrange(message, held)
      db.exec('BEGIN IMMEDIATE')
      const batch = openBatch({ db, items, meta, held, message, now: clock.now })
      return {
        apply: watched(item => {
          refuseForeign(item, environments)
          batch.apply(item)
        }),
        commit: watched(batch.commit),
        rollback
      }
    }),
    close: () => {
      if (!db.isOpen) return
      rollback()
      db.close()
      lock.close()
    }
  }
}

interface BatchParts {
  db: DatabaseSync
  items: ItemWriter
  meta: Meta
  held: ReplicaPosition
  message: FeedBegin
  now: () => number
}

/** Within an open transaction. */
function openBatch ({ db, items, meta, held, message: { store, snapshot }, now }: BatchParts): Omit<ReplicaBatch, 'rollback'> {
  let cleared = !snapshot
  // Not before there is a rollback for whatever fails.
  const clear = (): void => {
    if (!cleared) items.clear()
    cleared = true
  }
  return {
    apply: item => {
      clear()
      items.write(item)
    },
    commit: ({ revision }) => {
      clear()
      if (!snapshot && revision < held.revision) throw new FeedRefused(`revision ${revision} follows ${held.revision}`, { needsSnapshot: true })
      items.collectVersions(now())
      meta.write({ store, revision })
      commitWhole(db)
      const touched = items.takeTouched()
      return snapshot
        ? { revision, all: true, gateways: [], environments: [], keyHashes: [] }
        : { revision, all: false, ...touched }
    }
  }
}

interface Meta {
  read: () => ReplicaPosition
  write: (position: ReplicaPosition) => void
}

function openMeta (db: DatabaseSync): Meta {
  const select = db.prepare('SELECT store, revision FROM meta')
  const update = db.prepare('UPDATE meta SET store = ?, revision = ?')
  return {
    read: () => {
      const { store, revision } = select.get()!
      return { store: store as string | null, revision: Number(revision) }
    },
    write: ({ store, revision }) => void update.run(store, revision)
  }
}

function refuseStrange ({ store, snapshot }: FeedBegin, held: ReplicaPosition): void {
  if (snapshot || store === held.store) return
  throw new FeedRefused(`changes of store ${store} cannot be added to what is held of ${held.store ?? 'none'}`, { needsSnapshot: true })
}

function commitWhole (db: DatabaseSync): void {
  try {
    db.exec('COMMIT')
  } catch (error) {
    const [broken] = db.prepare('PRAGMA foreign_key_check').all()
    if (broken === undefined) throw error
    throw new FeedRefused(`a line of ${String(broken.table)} names something of ${String(broken.parent)} that was never sent`, { needsSnapshot: true, cause: error })
  }
}

/** Damage found by whatever is watched is the end of this replica, also for the next process. */
function createWatch (file: string): <Args extends unknown[], Result>(act: (...args: Args) => Result) => (...args: Args) => Result {
  return act => (...args) => {
    try {
      return act(...args)
    } catch (error) {
      if (!isDamage(error)) throw error
      condemnReplica(file)
      throw new ReplicaDamaged(`${file} is damaged; the next start sets it aside and fetches everything anew`, { cause: error })
    }
  }
}
