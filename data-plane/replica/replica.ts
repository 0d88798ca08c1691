import type { ClientPlugins } from '#shared/plugins/plugins.ts'
import type { FeedEnvironment, FeedFunctionVersion, FeedGateway, FeedSigningKey } from '#shared/feed.ts'

/** What an edge worker reads: this data plane's own copy of all that it may serve. Every call is a local, synchronous look-up. @throws {ReplicaDamaged} */
export interface ReplicaReader {
  /** 0: nothing has been received yet. */
  revision: () => number
  /** Another one with every commit. */
  version: () => string
  getGateway: (gatewayId: string) => FeedGateway | null
  getEnvironment: (gatewayId: string, environment: string) => FeedEnvironment | null
  /** Environments whose release may have schedules. All of them are looked through. */
  scheduledEnvironments: () => Array<{ gatewayId: string, environment: string }>
  /** By the hash of a current or an overlapping key, whichever environment it belongs to. */
  findKey: (keyHash: string) => ReplicaKey | null
  /** By what else stands for one client of one environment: see `clientHandle`. */
  findClient: (handle: string) => ReplicaClient | null
  getFunctionVersion: (gatewayId: string, versionId: string) => FeedFunctionVersion | null
  /** It is there, and nothing that can be served is known of it: all that came was refused. `null`: of the gateway alone. */
  isUnusable: (gatewayId: string, environment: string | null) => boolean
  /** To be called where everything has changed: another generation may be the one that is served. */
  refresh: () => void
  close: () => void
}

export interface ReplicaClient {
  gatewayId: string
  environment: string
  clientId: string
  clientName: string
  enabled: boolean
  /** Milliseconds since the epoch; `null`: never. */
  expiresAt: number | null
  scopes: readonly string[]
  signingKeys: readonly FeedSigningKey[]
  /** `null`: none of its own. */
  plugins: ClientPlugins | null
  /** How often the periods of its quota were begun anew. */
  quotaResets: number
}

/** `expiresAt`: the earlier of the client's and the key's. */
export interface ReplicaKey extends ReplicaClient {
  apiKeyId: string
}

/** What one applied commit of the feed has touched: pushed to every edge worker, which forgets exactly that. */
export interface ReplicaChange {
  revision: number
  /** true: forget everything. */
  all: boolean
  gateways: string[]
  /** `hasEnded`: one of that name is gone, whether or not there is another one now. */
  environments: Array<{ gatewayId: string, environment: string, hasEnded?: true }>
  /** Hashes that were added, changed or removed. */
  keyHashes: string[]
  /** The same of what else clients are found by. */
  clientHandles: string[]
}

/** Who hears of this forgets all, and looks which generation is served. */
export function everythingChanged (revision: number): ReplicaChange {
  return { revision, all: true, gateways: [], environments: [], keyHashes: [], clientHandles: [] }
}
