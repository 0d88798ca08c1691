import { isFunctionRoute, type FeedItem } from '#shared/feed.ts'
import { versionKey, type EnvironmentChanges, type GatewayChanges, type VersionRef } from '../changes.ts'
import type { ApiGateway } from '../documents.ts'
import type { EnvironmentRef } from '../store.ts'
import type { FeedSource, ServingEnvironment } from './source.ts'
import { feedClient, feedEnvironment, feedGateway } from './values.ts'

export type Scope = (environment: string) => boolean
type Items = AsyncGenerator<FeedItem, void, undefined>

/** A gateway and all of it that is in scope. */
export async function * gatewayItems (source: FeedSource, gateway: ApiGateway, inScope: Scope): Items {
  const sent = new Set<string>()
  yield { type: 'gateway', gatewayId: gateway.id, value: feedGateway(gateway) }
  for (const environment of gateway.environments) {
    if (inScope(environment)) yield * environmentItems(source, { gatewayId: gateway.id, environment }, sent)
  }
}

/**
 * What has changed of a gateway. Something that was removed and made anew is sent as `null` first, so that nothing of its former life,
 * above all no key, outlives the removal in a reader that was away meanwhile. All of its new life is among the changes.
 */
export async function * changedItems (source: FeedSource, gatewayId: string, changes: GatewayChanges): Items {
  if (changes.removed) yield { type: 'gateway', gatewayId, value: null }
  if (changes.touched) {
    const gateway = await source.gateway(gatewayId)
    if (gateway === null) return
    yield { type: 'gateway', gatewayId, value: feedGateway(gateway) }
  }
  const sent = new Set<string>()
  for (const [environment, changed] of changes.environments) {
    yield * changedEnvironmentItems(source, { gatewayId, environment }, changed, sent)
  }
}

async function * changedEnvironmentItems (source: FeedSource, ref: EnvironmentRef, changes: EnvironmentChanges, sent: Set<string>): Items {
  if (changes.removed) yield { type: 'environment', ...ref, value: null }
  if (changes.touched) {
    const found = await source.environment(ref)
    if (found === null) return
    // A reader has every version that its state of this environment names; what it may lack is what releases have added since.
    yield * environmentItem(source, ref, found, version => changes.versions.has(versionKey(version)), sent)
  }
  if (changes.clients.size > 0) yield * changedClientItems(source, ref, changes.clients)
}

async function * changedClientItems (source: FeedSource, ref: EnvironmentRef, changed: ReadonlySet<string>): Items {
  const gone = new Set(changed)
  for (const client of await source.clients(ref)) {
    if (gone.delete(client.id)) yield { type: 'client', ...ref, clientId: client.id, value: feedClient(client) }
  }
  for (const clientId of gone) yield { type: 'client', ...ref, clientId, value: null }
}

async function * environmentItems (source: FeedSource, ref: EnvironmentRef, sent: Set<string>): Items {
  const found = await source.environment(ref)
  if (found === null) return
  yield * environmentItem(source, ref, found, () => true, sent)
  for (const client of await source.clients(ref)) {
    yield { type: 'client', ...ref, clientId: client.id, value: feedClient(client) }
  }
}

/** The environment after the versions that its releases name and `lacking` says the reader may not have. */
async function * environmentItem (
  source: FeedSource, ref: EnvironmentRef, found: ServingEnvironment,
  lacking: (version: VersionRef) => boolean, sent: Set<string>
): Items {
  for (const route of [...found.releases.values()].flatMap(({ routes }) => routes)) {
    const key = versionKey(route)
    if (!isFunctionRoute(route) || sent.has(key) || !lacking(route)) continue
    const value = await source.version(ref.gatewayId, route)
    if (value === null) throw new Error(`release of ${ref.gatewayId}-${ref.environment} names ${route.versionId}, which is not stored`)
    sent.add(key)
    yield { type: 'function-version', gatewayId: ref.gatewayId, versionId: route.versionId, value }
  }
  yield { type: 'environment', ...ref, value: feedEnvironment(found) }
}
