import { setImmediate } from 'node:timers/promises'
import type { FeedItem, FeedState } from '#shared/feed.ts'
import { coalesce, type CoalescedChanges } from '../changes.ts'
import type { FeedReader } from '../store.ts'
import { changedItems, gatewayItems, type Scope } from './items.ts'
import type { FeedSource } from './source.ts'

/** Gateways read at once for a snapshot: what bounds its memory, together with one environment's clients. */
const gatewaysPerPage = 100
const changesPerPage = 1_000
/** Below so many changes, following them is cheap whatever the size of the store. */
const alwaysFollowed = 1_000
/** A snapshot of a large store is read in turns, so that the process goes on answering others. */
const itemsPerTurn = 100

type Items = AsyncGenerator<FeedItem, void, undefined>

/** What the reader lacks of the state of a source that stands still; the same for every adapter. */
export async function * feedMessages (source: FeedSource, reader: FeedReader): AsyncGenerator<FeedState, void, undefined> {
  const head = await source.head()
  if (reader.store === source.store && reader.after === head) return
  const snapshot = await needsSnapshot(source, reader, head)
  yield { type: 'begin', store: source.store, snapshot }
  yield * inTurns(snapshot ? allItems(source, scopeOf(reader)) : itemsSince(source, reader.after, scopeOf(reader)))
  // Sent also where all that has changed is out of the reader's scope: its revision goes on.
  yield { type: 'commit', revision: head }
}

export function scopeOf ({ environments }: FeedReader): Scope {
  return environment => environments === null || environments.includes(environment)
}

export async function * inTurns (items: Items): Items {
  let sent = 0
  for await (const item of items) {
    yield item
    if (++sent % itemsPerTurn === 0) await setImmediate()
  }
}

export async function needsSnapshot (source: FeedSource, reader: FeedReader, head: number): Promise<boolean> {
  if (reader.store !== source.store || reader.after > head) return true
  if (!await followsOn(source, reader.after)) return true
  const behind = head - reader.after
  return behind > alwaysFollowed && behind > await source.size()
}

/** Whether all changes after this revision are kept. */
export async function followsOn (source: FeedSource, revision: number): Promise<boolean> {
  const oldest = await source.oldestChange()
  return oldest !== null && oldest <= revision + 1
}

export async function * allItems (source: FeedSource, inScope: Scope): Items {
  for (let after = ''; ;) {
    const gateways = await source.gatewaysAfter(after, gatewaysPerPage)
    for (const gateway of gateways) {
      yield * gatewayItems(source, gateway, inScope)
      after = gateway.id
    }
    if (gateways.length < gatewaysPerPage) return
  }
}

export async function * itemsSince (source: FeedSource, after: number, inScope: Scope): Items {
  const gateways: CoalescedChanges = new Map()
  for (let from = after; ;) {
    const changes = await source.changesAfter(from, changesPerPage)
    for (const change of changes) {
      coalesce(gateways, change.touched, inScope)
      from = change.revision
    }
    if (changes.length < changesPerPage) break
  }
  for (const [gatewayId, changes] of gateways) yield * changedItems(source, gatewayId, changes)
}
