import type { DatabaseSync } from 'node:sqlite'
import { systemClock, type Clock } from '#shared/clock.ts'
import type { FeedBegin, FeedCommit, FeedItem } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import type { Refusal } from '#shared/refusals.ts'
import { createItemWriter, type ItemWriter } from './batch.ts'
import { FeedRefused, ReplicaDamaged } from './errors.ts'
import { fileIdentity, removeReplica, serveNext, setAside, syncAside } from './generations.ts'
import { heldItems } from './items.ts'
import { lockReplica } from './lock.ts'
import { readMeta, writeMeta } from './meta.ts'
import { openNext, openReplica } from './open.ts'
import { createRefusals, placeOf, readRefusals, type ItemPlace, type Refusals } from './refusals.ts'
import { everythingChanged, type ReplicaChange } from './replica.ts'
import { besideReplica } from './schema.ts'
import { confine, refuseForeign, refuseOutside, scopeText, type Scope } from './scope.ts'
import { isConstraint, isDamage } from './sqlite-errors.ts'
import { pagesLeft } from './write-ahead-log.ts'

/** The one writer of a replica. Every call but `recover` and `close` may throw `ReplicaDamaged`; then it is to be recovered. */
export interface ReplicaWriter {
  /** What to ask the feed for. `store` `null`: everything, since nothing that is held can be built upon. */
  position: () => ReplicaPosition
  /** Opens a batch; only one is open at a time. @throws {FeedRefused} */
  begin: (message: FeedBegin) => ReplicaBatch
  /** What could not be taken of what is served. */
  refusals: () => Refusal[]
  /**
   * Sets aside what is served; the generation before it is served instead, or an empty one. Everything has changed then.
   * @param generation the one that was found damaged; `null` is returned where it is not the one that is served any more
   */
  recover: (generation?: string | null) => ReplicaChange | null
  /** What was committed and stands in the log alone. Not within a batch. */
  loggedPages: () => number
  /** Writes of that into the file what nobody reads there. @returns how much is left; `null`: a batch is open, and nothing was done */
  writeBack: () => number | null
  close: () => void
}

export interface ReplicaPosition {
  store: string | null
  revision: number
}

/** One batch of the feed: all of it, or nothing. Readers see it from `commit` on. After an error, it is to be rolled back. */
export interface ReplicaBatch {
  /** What cannot be taken is refused alone: its place keeps what it held. @throws {FeedRefused} where the batch cannot go on */
  apply: (item: FeedItem) => void
  /** Something was sent that cannot even be read. @throws {FeedRefused} */
  refuse: (place: ItemPlace, reason: string) => void
  /**
   * What `commit` has to wait for the disk for, which is long where there is much, is waited for beside this process's own thread. What was left out
   * here is done there. @throws {FeedRefused}
   */
  flush: (message: FeedCommit) => Promise<void>
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
  /** Why an item cannot be served; `null`: it can. */
  check?: (item: FeedItem) => string | null
}

/** One generation, open for writing. */
interface Generation {
  db: DatabaseSync
  items: ItemWriter
}

/** @throws {ReplicaInUse} where another process writes this replica */
export function openReplicaWriter ({ file, environments, logger, clock = systemClock, check = () => null }: ReplicaWriterOptions): ReplicaWriter {
  const lock = lockReplica(file)
  const prepare = (db: DatabaseSync): Generation => {
    const generation = createGeneration(db, clock)
    confine(file, db, generation.items, environments)
    return generation
  }
  const open = (): Generation => openReplica(file, logger, prepare)
  let served: Generation | null = open()
  let batch: { generation: Generation, isNext: boolean } | null = null
  const use = (): Generation => served ??= open()
  const position = watched(() => {
    const { store, revision } = readMeta(use().db)
    return { store, revision }
  })
  const rollback = (): void => {
    if (batch === null) return
    const { generation: { db, items }, isNext } = batch
    batch = null
    items.takeTouched()
    if (isNext) discard(db)
    else if (db.isOpen && db.isTransaction) db.exec('ROLLBACK')
  }
  const discard = (db: DatabaseSync): void => {
    if (db.isOpen) db.close()
    removeReplica(besideReplica(file, 'next'))
  }
  const takeNext = ({ db }: Generation): void => {
    const before = use()
    // Whatever fails on the way, what is served then is found by its name.
    served = null
    serveNext(file, before.db, db)
    served = open()
  }
  const leave = (): void => {
    rollback()
    if (served?.db.isOpen === true) served.db.close()
    served = null
  }

  return {
    position,
    begin: watched(message => {
      const held = position()
      refuseStrange(message, held)
      // Also where nothing is held yet: a log of all that there is would be written into the file while the first changes wait behind it.
      const isNext = message.snapshot
      const generation = isNext ? createGeneration(openNext(file), clock) : use()
      const { db, items } = generation
      const opened = batch = { generation, isNext }
      let change: ReplicaChange | null = null
      try {
        if (isNext) writeMeta(db, { scope: scopeText(environments) })
        db.exec('BEGIN IMMEDIATE')
      } catch (error) {
        rollback()
        throw error
      }
      const refusals = createRefusals({ db, items, before: isNext ? heldItems(use().db) : null, isSnapshot: message.snapshot })
      const write = watched((commit: FeedCommit): ReplicaChange => {
        if (batch !== opened) throw new FeedRefused('another generation was taken while the batch came')
        return change ??= commitBatch(generation, refusals, message, commit, held, clock.now())
      })
      return {
        apply: watched(item => {
          refuseForeign(item, environments)
          applyItem(item, items, refusals, check)
          // Everything has changed then, whatever is touched: a million names would only take memory.
          if (message.snapshot) items.takeTouched()
        }),
        refuse: watched((place, reason) => {
          if (place.environment !== '') refuseOutside(place.environment, environments)
          refusals.refuse(place, reason)
        }),
        flush: async commit => {
          if (!isNext) return
          write(commit)
          await syncAside(besideReplica(file, 'next'))
        },
        commit: watched(commit => {
          const written = write(commit)
          if (isNext) takeNext(generation)
          batch = null
          return written
        }),
        rollback
      }
    }),
    refusals: watched(() => readRefusals(use().db)),
    recover: generation => {
      if (generation !== undefined && generation !== fileIdentity(file)) return null
      leave()
      setAside(file)
      return everythingChanged(position().revision)
    },
    loggedPages: watched(() => pagesLeft(use().db, 'NOOP')),
    writeBack: watched(() => use().db.isTransaction ? null : pagesLeft(use().db, 'PASSIVE')),
    close: () => {
      leave()
      if (lock.isOpen) lock.close()
    }
  }
}

function createGeneration (db: DatabaseSync, { now }: Clock): Generation {
  return { db, items: createItemWriter(db, now) }
}

/** Within an open transaction. */
function commitBatch ({ db, items }: Generation, refusals: Refusals, { store, snapshot }: FeedBegin, { revision }: FeedCommit, held: ReplicaPosition, now: number): ReplicaChange {
  if (!snapshot && revision < held.revision) throw new FeedRefused(`revision ${revision} follows ${held.revision}`, { needsSnapshot: true })
  const commit = (): void => {
    items.collectVersions(now)
    refusals.seal(revision)
    writeMeta(db, { store, revision })
    db.exec('COMMIT')
  }
  try {
    commit()
  } catch (error) {
    if (!isConstraint(error)) throw error
    refusals.settle()
    commitWhole(db, commit)
  }
  const touched = items.takeTouched()
  return snapshot ? everythingChanged(revision) : { revision, all: false, ...touched }
}

function applyItem (item: FeedItem, items: ItemWriter, refusals: Refusals, check: (item: FeedItem) => string | null): void {
  const reason = (item.type === 'function-version' || item.value !== null ? check(item) : null) ?? refusals.incompleteness(item)
  if (reason !== null) return refusals.refuse(placeOf(item), reason)
  try {
    items.write(item)
  } catch (error) {
    // Members that nobody knows may be nested deeper than some versions of Node.js can write.
    if (!(error instanceof RangeError)) throw error
    return refusals.refuse(placeOf(item), 'it is nested too deeply')
  }
  refusals.accept(placeOf(item), item.type !== 'function-version' && item.value === null)
}

function refuseStrange ({ store, snapshot }: FeedBegin, held: ReplicaPosition): void {
  if (snapshot || store === held.store) return
  throw new FeedRefused(`changes of store ${store} cannot be added to what is held of ${held.store ?? 'none'}`, { needsSnapshot: true })
}

function commitWhole (db: DatabaseSync, commit: () => void): void {
  try {
    commit()
  } catch (error) {
    const [broken] = db.prepare('PRAGMA foreign_key_check').all()
    if (broken === undefined) throw error
    throw new FeedRefused(`a line of ${String(broken.table)} names something of ${String(broken.parent)} that was never sent`, { needsSnapshot: true, cause: error })
  }
}

/** Whatever SQLite calls it: what was read is not what was written. */
function watched<Args extends unknown[], Result> (act: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => {
    try {
      return act(...args)
    } catch (error) {
      if (!isDamage(error) || error instanceof ReplicaDamaged) throw error
      throw new ReplicaDamaged('the replica cannot be read any more', { cause: error })
    }
  }
}
