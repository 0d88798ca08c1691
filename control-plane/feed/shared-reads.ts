import { tmpdir } from 'node:os'
import { LRUCache } from 'lru-cache'
import type { FeedState } from '#shared/feed.ts'
import { StoreError, type FeedReader, type Store } from '../store/store.ts'
import { gatherBatch, type FeedBatch } from './batch.ts'
import { createTurns } from './turns.ts'

/** Snapshots that are read from the store at a time, and changes. */
const snapshotReadsAtOnce = 2
const changeReadsAtOnce = 8
/** What was read is good for those who come so soon after. */
const keptMs = 30_000
/** Behind a snapshot comes what has changed since: following so much is cheap, whatever the size of the store. */
const snapshotMaxChanges = 1_000
const maxSnapshots = 16
const maxChangeBatches = 64
const maxMemoryBytes = 16 * 1024 * 1024

export interface SharedReadsOptions {
  store: Pick<Store, 'id' | 'revision' | 'readFeed'>
  /** For what is too much for memory. */
  directory?: string
}

/** What a reader lacks. What is taken is the taker's to release. */
export type Lacking = 'nothing' | 'snapshot' | { take: () => Promise<FeedBatch> }
type Scope = FeedReader['environments']

/**
 * Readings of the store that readers share: who lacks the same gets the same, read and compressed once. A thousand data planes that come back at
 * once are one reading of the store for each scope, and so is a commit that a thousand of them follow.
 */
export class SharedReads {
  readonly #store: SharedReadsOptions['store']
  readonly #directory: string
  readonly #snapshots = createCache(maxSnapshots)
  readonly #changes = createCache(maxChangeBatches)
  /** Under way. */
  readonly #openings = new Map<string, Promise<'nothing' | 'snapshot' | { batch: Promise<FeedBatch> }>>()
  readonly #building = new Map<string, Promise<FeedBatch>>()
  readonly #changeTurns = createTurns(changeReadsAtOnce, Infinity)
  readonly #snapshotTurns = createTurns(snapshotReadsAtOnce, Infinity)
  readonly #closing = new AbortController()

  constructor ({ store, directory = tmpdir() }: SharedReadsOptions) {
    this.#store = store
    this.#directory = directory
  }

  /** Of a reader that holds a state of this store. @throws {StoreError} */
  async lacking (after: number, scope: Scope): Promise<Lacking> {
    const key = `${after} ${scopeKey(scope)}`
    const kept = this.#changes.get(key)
    if (kept !== undefined) return { take: async () => retained(kept) }
    const opened = await shared(this.#openings, key, async () => await this.#open(key, { store: this.#store.id, after, environments: scope }))
    if (typeof opened === 'string') return opened
    return { take: async () => retained(await opened.batch) }
  }

  async head (): Promise<number> {
    return await this.#store.revision()
  }

  /** Everything, as it was a moment ago at the longest. @param head the revision of the store @throws {StoreError} */
  async takeSnapshot (scope: Scope, head: number): Promise<FeedBatch> {
    const key = scopeKey(scope)
    const kept = this.#snapshots.get(key)
    if (kept !== undefined && head - kept.revision <= snapshotMaxChanges) return retained(kept)
    return retained(await shared(this.#building, key, async () => await this.#build(key, scope)))
  }

  close (): void {
    this.#closing.abort(new StoreError('unavailable', 'The feed is closed'))
    this.#snapshots.clear()
    this.#changes.clear()
  }

  async #open (key: string, reader: FeedReader): Promise<'nothing' | 'snapshot' | { batch: Promise<FeedBatch> }> {
    const turn = await this.#changeTurns.take(this.#closing.signal)
    const messages = this.#store.readFeed(reader)[Symbol.asyncIterator]()
    let first: IteratorResult<FeedState>
    try {
      first = await messages.next()
    } catch (error) {
      turn.end()
      throw error
    }
    if (first.done !== true && first.value.type === 'begin' && !first.value.snapshot) {
      const batch = this.#keep(this.#changes, key, gatherBatch(messages, this.#directory)).finally(turn.end)
      // Whoever takes it is told.
      batch.catch(() => undefined)
      return { batch }
    }
    await messages.return?.()
    turn.end()
    return first.done === true ? 'nothing' : 'snapshot'
  }

  async #build (key: string, environments: Scope): Promise<FeedBatch> {
    const turn = await this.#snapshotTurns.take(this.#closing.signal)
    try {
      const messages = this.#store.readFeed({ store: null, after: 0, environments })[Symbol.asyncIterator]()
      await messages.next()
      return await this.#keep(this.#snapshots, key, gatherBatch(messages, this.#directory))
    } finally {
      turn.end()
    }
  }

  async #keep (cache: LRUCache<string, FeedBatch>, key: string, gathering: Promise<FeedBatch>): Promise<FeedBatch> {
    const batch = await gathering
    if (this.#closing.signal.aborted) batch.release()
    else cache.set(key, batch)
    return batch
  }
}

function createCache (max: number): LRUCache<string, FeedBatch> {
  return new LRUCache({
    max, maxSize: maxMemoryBytes, sizeCalculation: batch => batch.memoryBytes, ttl: keptMs, ttlAutopurge: true, dispose: batch => batch.release()
  })
}

function retained (batch: FeedBatch): FeedBatch {
  if (batch.retain()) return batch
  throw new StoreError('unavailable', 'What was read for the feed is gone')
}

function scopeKey (scope: Scope): string {
  return scope === null ? '*' : scope.toSorted().join(',')
}

/** Who asks for the same meanwhile waits for the same. */
async function shared<Value> (underWay: Map<string, Promise<Value>>, key: string, work: () => Promise<Value>): Promise<Value> {
  const found = underWay.get(key)
  if (found !== undefined) return await found
  const begun = work().finally(() => underWay.delete(key))
  underWay.set(key, begun)
  return await begun
}
