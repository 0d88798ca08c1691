import type { AnyBulkWriteOperation, ClientSession, Filter } from 'mongodb'
import type { KvOperation } from '#shared/kv.ts'
import { listStart, type KvListRequest, type ListedKey } from '../kv/entries.ts'
import type { EnvironmentRef } from '../store.ts'
import { decode, encode } from './codec.ts'
import { idOf, type Collections, type StoredKvEntry } from './collections.ts'
import type { KvView, LoadedEntries, LoadedEntry } from './kv-view.ts'

type Entries = Pick<Collections, 'kvEntries'>

/** All that these operations may look at, in as many queries as there are kinds of them, and one for each list. */
export async function loadEntries ({ kvEntries }: Entries, ref: EnvironmentRef, operations: readonly KvOperation[], now: number, session?: ClientSession): Promise<LoadedEntries> {
  const entries = new Map<string, LoadedEntry>()
  const load = async (keys: ReadonlySet<string>, withValues: boolean): Promise<void> => {
    if (keys.size === 0) return
    const ids = [...keys].map(key => entryId(ref, key))
    const found = kvEntries.find({ _id: { $in: ids } }, { projection: { _id: 0, key: 1, version: 1, expiresAt: 1, bytes: 1, ...(withValues && { value: 1 }) }, ...(session && { session }) })
    for await (const { key, ...entry } of found) entries.set(key, toLoaded(entry))
  }
  const read = new Set(operations.flatMap(operation => operation.op === 'get' || operation.op === 'increment' ? [operation.key] : []))
  await load(read, true)
  await load(new Set(operations.flatMap(operation => operation.op === 'list' || read.has(operation.key) ? [] : [operation.key])), false)
  const lists = new Map<KvListRequest, ListedKey[]>()
  for (const operation of operations) {
    if (operation.op === 'list') lists.set(operation, await listKeys(kvEntries, ref, operation, operation.limit + 1 + operations.length, now, session))
  }
  return { entries, lists, expired: null }
}

/** With all that has expired, whoever named it. */
export async function loadExpired ({ kvEntries }: Entries, ref: EnvironmentRef, loaded: LoadedEntries, now: number, session: ClientSession): Promise<LoadedEntries> {
  const entries = new Map(loaded.entries)
  const expired = new Set<string>()
  for await (const { key, ...entry } of kvEntries.find(expiredIn(ref, now), { projection: { _id: 0, key: 1, version: 1, expiresAt: 1, bytes: 1 }, session })) {
    expired.add(key)
    if (!entries.has(key)) entries.set(key, toLoaded(entry))
  }
  return { ...loaded, entries, expired }
}

/** Writes what has changed: what is removed first, as what has expired may have been written anew. */
export async function writeEntries ({ kvEntries }: Entries, { gatewayId, environment }: EnvironmentRef, { changed }: KvView, session: ClientSession): Promise<void> {
  const removed: string[] = []
  const writes: Array<AnyBulkWriteOperation<StoredKvEntry>> = []
  for (const [key, entry] of changed) {
    const _id = entryId({ gatewayId, environment }, key)
    if (entry === null) {
      removed.push(_id)
      continue
    }
    const { value, expiresAt, ...head } = entry
    const replacement = { gatewayId, environment, key, ...head, ...(expiresAt !== null && { expiresAt }), value: encode(value) }
    writes.push({ replaceOne: { filter: { _id }, replacement, upsert: true } })
  }
  if (removed.length > 0) writes.unshift({ deleteMany: { filter: { _id: { $in: removed } } } })
  if (writes.length > 0) await kvEntries.bulkWrite(writes, { session })
}

async function listKeys (kvEntries: Entries['kvEntries'], { gatewayId, environment }: EnvironmentRef, request: KvListRequest, limit: number, now: number, session?: ClientSession): Promise<ListedKey[]> {
  const { key, isInclusive } = listStart(request)
  const filter: Filter<StoredKvEntry> = {
    gatewayId, environment, key: isInclusive ? { $gte: key } : { $gt: key }, $or: [{ expiresAt: { $exists: false } }, { expiresAt: { $gt: now } }]
  }
  const found = await kvEntries.find(filter, { projection: { _id: 0, key: 1, expiresAt: 1 }, ...(session && { session }) }).sort({ key: 1 }).limit(limit).toArray()
  return found.map(({ key, expiresAt = null }) => ({ key, expiresAt }))
}

function expiredIn ({ gatewayId, environment }: EnvironmentRef, now: number): Filter<StoredKvEntry> {
  return { gatewayId, environment, expiresAt: { $lte: now } }
}

function toLoaded ({ version, expiresAt, bytes, value }: Omit<StoredKvEntry, keyof EnvironmentRef | '_id' | 'key' | 'value'> & { value?: string }): LoadedEntry {
  return { version, expiresAt: expiresAt ?? null, bytes, value: value === undefined ? null : decode(value) }
}

function entryId ({ gatewayId, environment }: EnvironmentRef, key: string): string {
  return idOf(gatewayId, environment, key)
}
