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

/** What the reader lacks of the source's state; the same for every adapter. */
export async function * feedMessages (source: FeedSource, reader: FeedReader): AsyncGenerator<FeedState, void, undefined> {
  const head = await source.head()
  if (reader.store === source.store && reader.after === head) return
  const snapshot = await needsSnapshot(source, reader, head)
  const inScope: Scope = environment => reader.environments === null || reader.environments.includes(environment)
  yield { type: 'begin', store: source.store, snapshot }
  let items = 0
  for await (const item of snapshot ? allItems(source, inScope) : itemsSince(source, reader.after, inScope)) {
    yield item
    if (++items % itemsPerTurn === 0) await setImmediate()
  }
  // Sent also where all that has changed is out of the reader's scope: its revision goes on.
  yield { type: 'commit', revision: head }
}

async function needsSnapshot (source: FeedSource, reader: FeedReader, head: number): Promise<boolean> {
  if (reader.store !== source.store || reader.after > head) return true
  const oldest = await source.oldestChange()
  if (oldest === null || oldest > reader.after + 1) return true
  const behind = head - reader.after
  return behind > alwaysFollowed && behind > await source.size()
}

async function * allItems (source: FeedSource, inScope: Scope): AsyncGenerator<FeedItem, void, undefined> {
  for (let after = ''; ;) {
    const gateways = await source.gatewaysAfter(after, gatewaysPerPage)
    for (const gateway of gateways) {
      yield * gatewayItems(source, gateway, inScope)
      after = gateway.id
    }
    if (gateways.length < gatewaysPerPage) return
  }
}

async function * itemsSince (source: FeedSource, after: number, inScope: Scope): AsyncGenerator<FeedItem, void, undefined> {
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
