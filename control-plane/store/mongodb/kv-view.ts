import { compareBytes, listPage, listStart, type EntryHead, type KvEntries, type KvListRequest, type ListedKey, type StoredEntry } from '../kv/entries.ts'

/** What operations may need of the entries of an environment, read before the first of them. */
export interface LoadedEntries {
  /** Every key that an operation names and that is there, also where it has expired. `value` `null`: nobody asks for it. */
  entries: Map<string, LoadedEntry>
  /** For each list what it would find, and as much more as operations before it could take away. */
  lists: Map<KvListRequest, ListedKey[]>
  /** Keys of all that has expired, which are among the entries then; `null`: not known yet. */
  expired: ReadonlySet<string> | null
}

export type LoadedEntry = EntryHead & { value: string | null }

export interface KvView extends KvEntries {
  /** What has become of keys; `null`: removed. */
  readonly changed: ReadonlyMap<string, StoredEntry | null>
  /** Room was to be made by what has expired, and `expired` is `null`: what was answered does not hold. */
  readonly lacksExpired: () => boolean
}

/** Entries in memory, which operations change one after the other. */
export function openKvView ({ entries: loaded, lists, expired }: LoadedEntries): KvView {
  const entries = new Map(loaded)
  const changed = new Map<string, StoredEntry | null>()
  let lacksExpired = false
  const current = <Head extends EntryHead>(entry: Head | undefined, now: number | null): Head | null =>
    entry === undefined || (now !== null && isOver(entry, now)) ? null : entry
  const remove = (key: string): void => {
    entries.delete(key)
    changed.set(key, null)
  }
  return {
    changed,
    lacksExpired: () => lacksExpired,
    read: (key, now) => {
      const found = current(entries.get(key), now)
      if (found === null) return null
      if (found.value === null) throw new Error('a value is read that was not loaded')
      return { ...found, value: found.value }
    },
    head: (key, now) => current(entries.get(key), now),
    put: ({ key, ...entry }) => {
      entries.set(key, entry)
      changed.set(key, entry)
    },
    remove,
    list: (request, now) => {
      const start = listStart(request)
      const isBehind = (key: string): boolean => start.isInclusive ? compareBytes(key, start.key) >= 0 : compareBytes(key, start.key) > 0
      const stored = lists.get(request)!.filter(({ key }) => !changed.has(key))
      const written = [...changed].flatMap(([key, entry]) => entry === null || isOver(entry, now) || !isBehind(key) ? [] : [{ key, expiresAt: entry.expiresAt }])
      return listPage(written.length === 0 ? stored : [...stored, ...written].sort((a, b) => compareBytes(a.key, b.key)), request)
    },
    removeExpired: now => {
      lacksExpired ||= expired === null
      const over = [...entries].filter(([, entry]) => isOver(entry, now))
      for (const [key] of over) remove(key)
      return { keys: -over.length, bytes: -over.reduce((sum, [, { bytes }]) => sum + bytes, 0) }
    }
  }
}

function isOver ({ expiresAt }: { expiresAt: number | null }, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}
