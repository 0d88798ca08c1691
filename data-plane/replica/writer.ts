import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#shared/clock.ts'
import { systemClock } from '#shared/clock.ts'
import type { FeedBegin, FeedCommit, FeedItem } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { createItemWriter, type ItemWriter } from './batch.ts'
import { lockReplica } from './lock.ts'
import { condemnReplica, openReplica } from './open.ts'
import type { ReplicaChange } from './replica.ts'
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

/** What the feed said contradicts itself or what is held. `needsSnapshot`: only everything from the start can mend it. */
export class FeedRefused extends Error {
  override readonly name = 'FeedRefused'
  readonly needsSnapshot: boolean
  constructor (message: string, options: { needsSnapshot?: boolean, cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.needsSnapshot = options.needsSnapshot ?? false
  }
}

/**
 * Found while writing. What is held can no longer be kept up to date, and a key that was revoked must not go on working: the process
 * is to be started anew, and begins with an empty replica.
 */
export class ReplicaDamaged extends Error {
  override readonly name = 'ReplicaDamaged'
}

export interface ReplicaWriterOptions {
  file: string
  /** Names of the environments that may be held here; `null`: all. */
  environments: readonly string[] | null
  logger: Logger
  clock?: Clock
}

/** @throws {ReplicaInUse} where another process writes this replica */
export function openReplicaWriter (options: ReplicaWriterOptions): ReplicaWriter {
  const { file, environments, logger, clock = systemClock } = options
  const lock = lockReplica(file)
  const { db, items } = openReplica(file, logger, db => {
    const items = createItemWriter(db, clock.now)
    confine(db, items, environments)
    return { db, items }
  })

  const readMeta = db.prepare('SELECT store, revision FROM meta')
  const writeMeta = db.prepare('UPDATE meta SET store = ?, revision = ?')
  const position = (): ReplicaPosition => {
    const { store, revision } = readMeta.get()!
    return { store: store as string | null, revision: Number(revision) }
  }

  const rollback = (): void => {
    if (db.isTransaction) db.exec('ROLLBACK')
    items.takeTouched()
  }

  const watched = <Args extends unknown[], Result>(act: (...args: Args) => Result) => (...args: Args): Result => {
    try {
      return act(...args)
    } catch (error) {
      if (!isDamage(error)) throw error
      condemnReplica(file)
      throw new ReplicaDamaged(`${file} is damaged; the next start sets it aside and fetches everything anew`, { cause: error })
    }
  }

  const begin = ({ store, snapshot }: FeedBegin): ReplicaBatch => {
    const held = position()
    if (!snapshot && store !== held.store) {
      throw new FeedRefused(`changes of store ${store} cannot be added to what is held of ${held.store ?? 'none'}`, { needsSnapshot: true })
    }
    db.exec('BEGIN IMMEDIATE')
    try {
      if (snapshot) items.clear()
    } catch (error) {
      rollback()
      throw error
    }
    return {
      apply: watched(item => {
        refuseForeign(item, environments)
        items.write(item)
      }),
      commit: watched(({ revision }) => {
        if (!snapshot && revision < held.revision) throw new FeedRefused(`revision ${revision} follows ${held.revision}`, { needsSnapshot: true })
        items.collectVersions(clock.now())
        writeMeta.run(store, revision)
        commitWhole(db)
        const touched = items.takeTouched()
        return snapshot
          ? { revision, all: true, gateways: [], environments: [], keyHashes: [] }
          : { revision, all: false, ...touched }
      }),
      rollback
    }
  }

  return {
    position: watched(position),
    begin: watched(begin),
    close: () => {
      if (!db.isOpen) return
      rollback()
      db.close()
      lock.close()
    }
  }
}

/**
 * What this data plane may hold was set differently when the replica was written: what it may no longer hold goes before anything is
 * served, and everything is asked for anew, since the changes since then would lack what it could not see.
 */
function confine (db: DatabaseSync, items: ItemWriter, environments: readonly string[] | null): void {
  const scope = environments === null ? null : JSON.stringify([...environments].sort())
  const held = db.prepare('SELECT scope FROM meta').get()!.scope
  if (held === scope) return
  db.exec('BEGIN IMMEDIATE')
  for (const { gatewayId, name } of db.prepare('SELECT gatewayId, name FROM environments').all()) {
    if (environments?.includes(name as string) === false) {
      items.write({ type: 'environment', gatewayId: gatewayId as string, environment: name as string, value: null })
    }
  }
  items.collectVersions(Number.MAX_SAFE_INTEGER)
  db.prepare('UPDATE meta SET store = NULL, scope = ?').run(scope)
  // The write-ahead log would keep what was removed until it is written over.
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  items.takeTouched()
}

/** The control plane was asked for less; a machine that must not hold production does not rely on that alone. */
function refuseForeign (item: FeedItem, environments: readonly string[] | null): void {
  if (environments === null || item.type === 'gateway' || item.type === 'function-version' || item.value === null) return
  if (!environments.includes(item.environment)) throw new FeedRefused(`environment ${item.environment} was not asked for`)
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
