import { LRUCache } from 'lru-cache'
import type { FeedGateway } from '#shared/feed.ts'
import { parseAuthority, parseGatewayHost, type GatewayHost } from '#shared/host.ts'
import { consumerName } from '#shared/names.ts'
import { callerBytes, environmentBytes, gatewayBytes } from './cache-sizes.ts'
import type { CompiledEnvironment, CompiledPreview, EnvironmentSource } from './edge/environment.ts'
import type { ReplicaChange, ReplicaClient, ReplicaReader } from './replica/replica.ts'

/**
 * What an edge worker has worked out of the replica: bounded, and never stale. There is no time to live; an entry goes when the
 * replica says that it has changed, or when room is needed. What is not there is remembered too, apart from what is, so that
 * strangers who ask for much that does not exist push out nothing that does.
 */
export interface HotCache {
  findHost: (authority: string) => HostDecision
  /** For what comes from the platform itself, and not through a host. */
  findEnvironment: (gatewayId: string, environment: string) => CompiledEnvironment | null
  /** By the hash of a key whose checksum was right: junk never gets as far as this. */
  findKey: (keyHash: string) => Caller | null
  /** By what stands for a client beside its keys: see `clientHandle`. */
  findClient: (handle: string) => Caller | null
  /** The same once more, as it is now. */
  findAgain: (caller: Caller) => Caller | null
  /** Nothing older than this revision is served. */
  revision: () => number
  /** Forgets what a commit has touched, exactly. */
  apply: (change: ReplicaChange) => void
}

/**
 * `invalid`: not a host. `foreign`: a host below which no gateway lives, such as an address. `unknown`: no gateway, or none of its
 * environments and their previews, has this name. `not-ready`: nothing is known yet, so nothing can be said to be unknown. `unusable`:
 * there is one, and nothing that came of it could be taken.
 */
export type HostDecision =
  | ServedHost
  | { readonly kind: 'invalid' | 'foreign' | 'unknown' | 'not-ready' | 'unusable' }

export interface ServedHost {
  readonly kind: 'environment'
  readonly environment: CompiledEnvironment
  /** `null`: it is the environment's own host. */
  readonly preview: CompiledPreview | null
}

/** Who calls: a client, and what it was found by. */
export interface Caller extends ReplicaClient {
  /** The hash of a key, or a handle of the client: what this is found by again. */
  readonly place: string
  /** `null`: it was not found by a key. */
  readonly apiKeyId: string | null
  /** What a function is given. */
  readonly client: { readonly id: string, readonly name: string }
  readonly consumerName: string
}

export interface HotCacheOptions {
  replica: ReplicaReader
  baseDomain: string
  /** `null`: it cannot be. */
  compile: (source: EnvironmentSource) => CompiledEnvironment | null
  max?: HotCacheLimits
}

export interface HotCacheLimits {
  /** Bytes, as `cache-sizes.ts` estimates them: one environment may take as much as a hundred others. */
  environmentBytes: number
  gatewayBytes: number
  keyBytes: number
  /** Entries: of these all are small. */
  hosts: number
  unknown: number
}

interface HotEnvironment {
  /** What it was compiled with: where that is another one by now, this is not to be served. */
  gateway: FeedGateway
  decision: HostDecision
}

const invalid: HostDecision = { kind: 'invalid' }
const foreign: HostDecision = { kind: 'foreign' }
const unknown: HostDecision = { kind: 'unknown' }
const notReady: HostDecision = { kind: 'not-ready' }
const unusable: HostDecision = { kind: 'unusable' }

/** No environment counts for more: one that had no room would be compiled for each of its requests, and cost others more than its memory. */
const largestShare = 1 / 8

/** About 50 MB when all of it is used, however many gateways there are: what lies in a heap costs the process up to twice as much. */
export const defaultMax: HotCacheLimits = { environmentBytes: 28e6, gatewayBytes: 6e6, keyBytes: 10e6, hosts: 20_000, unknown: 20_000 }

export function createHotCache (options: HotCacheOptions): HotCache {
  const hosts = createHostCache(options)
  const { replica, max = defaultMax } = options
  const keys = createCallerCache(max, replica.findKey)
  const clients = createCallerCache(max, handle => {
    const client = replica.findClient(handle)
    return client === null ? null : { ...client, apiKeyId: null }
  })
  let revision = options.replica.revision()
  return {
    revision: () => revision,
    findHost: hosts.find,
    findEnvironment: (gatewayId, environment) => {
      const decision = hosts.findEnvironment(gatewayId, environment)
      return decision.kind === 'environment' ? decision.environment : null
    },
    findKey: keys.find,
    findClient: clients.find,
    findAgain: ({ apiKeyId, place }) => (apiKeyId === null ? clients : keys).find(place),
    apply: change => {
      if (change.all) options.replica.refresh()
      hosts.apply(change)
      keys.apply(change.all, change.keyHashes)
      clients.apply(change.all, change.clientHandles)
      revision = change.revision
    }
  }
}

interface HostCache {
  find: (authority: string) => HostDecision
  apply: HotCache['apply']
  findEnvironment: (gatewayId: string, environment: string | null) => HostDecision
}

function createHostCache ({ replica, baseDomain, compile, max = defaultMax }: HotCacheOptions): HostCache {
  /** What a text means is decided by the text alone, so this is never wrong. Only hosts that were found get in. */
  const hosts = new LRUCache<string, GatewayHost>({ max: max.hosts })
  const gateways = new LRUCache<string, FeedGateway>({ maxSize: max.gatewayBytes, sizeCalculation: gatewayBytes })
  /** By `<gateway>/<environment>`. */
  const environments = new LRUCache<string, HotEnvironment>({ maxSize: max.environmentBytes })
  /** `<gateway>` or `<gateway>/<environment>`, and what is to be said of it. */
  const absent = new LRUCache<string, HostDecision>({ max: max.unknown })

  const miss = (name: string, isUnusable: () => boolean): HostDecision => {
    const known = absent.get(name)
    if (known !== undefined) return known
    const decision = isUnusable() ? unusable : unknown
    absent.set(name, decision)
    return decision
  }

  const findGateway = (gatewayId: string): FeedGateway | null => {
    const hot = gateways.get(gatewayId)
    if (hot !== undefined) return hot
    const gateway = absent.has(gatewayId) ? null : replica.getGateway(gatewayId)
    if (gateway !== null) gateways.set(gatewayId, gateway)
    return gateway
  }

  const findEnvironment: HostCache['findEnvironment'] = (gatewayId, environment) => {
    const gateway = findGateway(gatewayId)
    if (gateway === null) return miss(gatewayId, () => replica.isUnusable(gatewayId, null))
    const name = environment ?? gateway.defaultEnvironment
    const place = `${gatewayId}/${name}`
    const known = environments.get(place)
    if (known?.gateway === gateway) return known.decision
    const value = absent.has(place) ? null : replica.getEnvironment(gatewayId, name)
    if (value === null) return miss(place, () => replica.isUnusable(gatewayId, name))
    const compiled = compile({ gatewayId, gateway, environment: name, value })
    const decision: HostDecision = compiled === null ? unusable : { kind: 'environment', environment: compiled, preview: null }
    environments.set(place, { gateway, decision }, { size: Math.min(environmentBytes(value), max.environmentBytes * largestShare) })
    return decision
  }

  const findServed = ({ gatewayId, environment, release }: GatewayHost): HostDecision => {
    const decision = findEnvironment(gatewayId, environment)
    if (release === null || decision.kind !== 'environment') return decision
    const preview = decision.environment.previews.get(release)
    return preview === undefined ? unknown : { ...decision, preview }
  }

  const find = (authority: string): HostDecision => {
    const known = hosts.get(authority)
    if (known !== undefined) return findServed(known)
    const host = parseAuthority(authority)
    if (host === null) return invalid
    const parsed = parseGatewayHost(host, baseDomain)
    if (parsed === null) return foreign
    if (replica.revision() === 0) return notReady
    const decision = findServed(parsed)
    if (decision.kind === 'environment') hosts.set(authority, parsed)
    return decision
  }

  const apply = (change: ReplicaChange): void => {
    if (change.all) {
      gateways.clear()
      environments.clear()
      absent.clear()
    }
    for (const gatewayId of change.gateways) {
      gateways.delete(gatewayId)
      absent.delete(gatewayId)
    }
    for (const { gatewayId, environment } of change.environments) {
      environments.delete(`${gatewayId}/${environment}`)
      absent.delete(`${gatewayId}/${environment}`)
    }
  }
  return { find, findEnvironment, apply }
}

interface CallerCache {
  find: (place: string) => Caller | null
  apply: (all: boolean, places: readonly string[]) => void
}

function createCallerCache (max: HotCacheLimits, read: (place: string) => ReplicaClient & Pick<Caller, 'apiKeyId'> | null): CallerCache {
  const callers = new LRUCache<string, Caller>({ maxSize: max.keyBytes, sizeCalculation: callerBytes })
  const absent = new LRUCache<string, true>({ max: max.unknown })
  return {
    find: place => {
      const known = callers.get(place)
      if (known !== undefined) return known
      if (absent.get(place)) return null
      const found = read(place)
      if (found === null) {
        absent.set(place, true)
        return null
      }
      const caller = describeCaller(place, found)
      callers.set(place, caller)
      return caller
    },
    apply: (all, places) => {
      if (all) {
        callers.clear()
        absent.clear()
      }
      for (const place of places) {
        callers.delete(place)
        absent.delete(place)
      }
    }
  }
}

function describeCaller (place: string, found: ReplicaClient & Pick<Caller, 'apiKeyId'>): Caller {
  return {
    ...found,
    place,
    client: Object.freeze({ id: found.clientId, name: found.clientName }),
    consumerName: consumerName(found.gatewayId, found.environment, found.clientId)
  }
}
