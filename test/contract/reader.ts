import assert from 'node:assert/strict'
import { isFunctionRoute, servedReleases, type FeedEnvironment, type FeedItem, type FeedState } from '#shared/feed.ts'
import type { Store } from '../../control-plane/store/store.ts'

/** A data plane as the feed supposes it to be: applies whole commits in order, and forgets versions that nothing names any more. */
export interface ModelReader {
  readonly store: () => string | null
  readonly revision: () => number
  /** Reads what it lacks, applies it, and resolves with the messages. Asserts that they are well-formed. */
  catchUp: (store: Store) => Promise<FeedState[]>
  /** What a store with this id has sent. */
  take: (id: string, messages: FeedState[]) => void
  /** All that it holds, by names in order. */
  state: () => Record<string, unknown>
}

export function createReader (environments: readonly string[] | null = null): ModelReader {
  let store: string | null = null
  let revision = 0
  let things = new Map<string, unknown>()
  const take = (id: string, messages: FeedState[]): void => {
    if (messages.length === 0) return
    const begin = messages.at(0)!
    const commit = messages.at(-1)!
    assert(begin.type === 'begin' && commit.type === 'commit', 'from begin to commit')
    assert.equal(begin.store, id)
    const next = begin.snapshot ? new Map<string, unknown>() : new Map(things)
    for (const message of messages.slice(1, -1)) {
      assert(message.type !== 'begin' && message.type !== 'commit' && message.type !== 'heartbeat')
      apply(next, message)
    }
    collectGarbage(next)
    things = next
    store = begin.store
    revision = commit.revision
  }
  return {
    store: () => store,
    revision: () => revision,
    state: () => Object.fromEntries([...things].sort(([a], [b]) => a < b ? -1 : 1)),
    take,
    catchUp: async from => {
      const messages = await Array.fromAsync(from.readFeed({ store, after: revision, environments }))
      take(from.id, messages)
      return messages
    }
  }
}

function apply (things: Map<string, unknown>, item: FeedItem): void {
  const name = nameOf(item)
  if (item.value === null) {
    // The end of a gateway or an environment is the end of all that is in it.
    for (const other of things.keys()) {
      if (other === name || other.startsWith(`${name}/`)) things.delete(other)
    }
    return
  }
  if (item.type === 'environment' || item.type === 'function-version') assert(things.has(item.gatewayId), `${name} without its gateway`)
  if (item.type === 'client') assert(things.has(`${item.gatewayId}/${item.environment}`), `${name} without its environment`)
  if (item.type === 'environment') {
    for (const { versionId } of servedReleases(item.value).flatMap(({ routes }) => routes.filter(isFunctionRoute))) {
      assert(things.has(versionName(item.gatewayId, versionId)), `${name} before the version ${versionId} that it names`)
    }
  }
  things.set(name, item.value)
}

/** Such as `shop`, `shop/dev`, `shop/dev/c1`, `shop/@v1`. */
function nameOf (item: FeedItem): string {
  switch (item.type) {
    case 'gateway': return item.gatewayId
    case 'environment': return `${item.gatewayId}/${item.environment}`
    case 'client': return `${item.gatewayId}/${item.environment}/${item.clientId}`
    case 'function-version': return versionName(item.gatewayId, item.versionId)
  }
}

function versionName (gatewayId: string, versionId: string): string {
  return `${gatewayId}/@${versionId}`
}

function collectGarbage (things: Map<string, unknown>): void {
  const named = new Set<string>()
  for (const [name, value] of things) {
    if (typeof value !== 'object' || value === null || !('previews' in value)) continue
    for (const { versionId } of servedReleases(value as FeedEnvironment).flatMap(({ routes }) => routes.filter(isFunctionRoute))) named.add(versionName(name.split('/')[0]!, versionId))
  }
  for (const name of things.keys()) {
    if (name.includes('/@') && !named.has(name)) things.delete(name)
  }
}

/** What messages are about, in order: `begin`, `shop/dev`, `-shop/dev/c1` for one that is gone, `commit 7`. */
export function outline (messages: readonly FeedState[]): string[] {
  return messages.map(message => {
    if (message.type === 'begin') return message.snapshot ? 'snapshot' : 'begin'
    if (message.type === 'commit') return `commit ${message.revision}`
    if (message.type === 'heartbeat') return 'heartbeat'
    return `${message.value === null ? '-' : ''}${nameOf(message)}`
  })
}
