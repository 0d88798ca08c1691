import type { DatabaseSync } from 'node:sqlite'
import { missing } from '../refusals.ts'
import type { EnvironmentRef, Page, PageRequest } from '../store.ts'
import { parse } from './table.ts'
import type { Deferral } from './together.ts'

/** An array that is embedded in the documents of environments and read apart from them. */
export interface Embedded<Item> {
  /** `null` without the environment. */
  read: (environment: EnvironmentRef) => Item[] | null
  /** @throws `not_found` without the environment */
  require: (environment: EnvironmentRef) => Item[]
  write: (environment: EnvironmentRef, items: readonly Item[]) => void
}

/** @param deferral of a connection that writes */
export function openEmbedded<Item> (
  db: DatabaseSync, column: 'clients' | 'variables' | 'upstreams', deferral: Deferral = { isOn: false, parts: [] }
): Embedded<Item> {
  const select = db.prepare(`SELECT ${column} AS items FROM environments WHERE gatewayId = ? AND name = ?`)
  const update = db.prepare(`UPDATE environments SET ${column} = ? WHERE gatewayId = ? AND name = ?`)
  const held = new Map<string, { ref: EnvironmentRef, items: readonly Item[] }>()
  const put = ({ gatewayId, environment }: EnvironmentRef, items: readonly Item[]): void => { update.run(JSON.stringify(items), gatewayId, environment) }
  const drop = (): void => held.clear()
  deferral.parts.push({ write: () => { for (const { ref, items } of held.values()) put(ref, items); drop() }, drop })
  const read = ({ gatewayId, environment }: EnvironmentRef): Item[] | null => {
    const later = held.get(keyOf({ gatewayId, environment }))
    if (later !== undefined) return [...later.items]
    const row = select.get(gatewayId, environment)
    return row === undefined ? null : parse(row.items) as Item[]
  }
  return {
    read,
    require: environment => {
      const items = read(environment)
      if (items === null) throw missing('environment')
      return items
    },
    write: (environment, items) => {
      if (deferral.isOn) held.set(keyOf(environment), { ref: environment, items })
      else put(environment, items)
    }
  }
}

/** Neither name has a slash. */
function keyOf ({ gatewayId, environment }: EnvironmentRef): string {
  return `${gatewayId}/${environment}`
}

/** Keys are ASCII by their patterns, so this order is that of SQLite's and MongoDB's indexes. */
export function pageOf<Item> (items: readonly Item[], key: (item: Item) => string, { limit, after }: PageRequest): Page<Item> {
  const rest = items
    .filter(item => after === null || key(item) > after)
    .sort((a, b) => key(a) < key(b) ? -1 : 1)
  const page = rest.slice(0, limit)
  return { items: page, next: rest.length > limit ? key(page.at(-1)!) : null }
}
