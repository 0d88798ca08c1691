import type { FeedEnvironment, FeedFunctionVersion, FeedGateway } from '#shared/feed.ts'

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
  getFunctionVersion: (gatewayId: string, versionId: string) => FeedFunctionVersion | null
  /** It is there, and nothing that can be served is known of it: all that came was refused. `null`: of the gateway alone. */
  isUnusable: (gatewayId: string, environment: string | null) => boolean
  /** To be called where everything has changed: another generation may be the one that is served. */
  refresh: () => void
  close: () => void
}

export interface ReplicaKey {
  gatewayId: string
  environment: string
  clientId: string
  clientName: string
  apiKeyId: string
  enabled: boolean
  /** Milliseconds since the epoch, the earlier of the client's and the key's; `null`: never. */
  expiresAt: number | null
}

/** What one applied commit of the feed has touched: pushed to every edge worker, which forgets exactly that. */
export interface ReplicaChange {
  revision: number
  /** true: forget everything. */
  all: boolean
  gateways: string[]
  environments: Array<{ gatewayId: string, environment: string }>
  /** Hashes that were added, changed or removed. */
  keyHashes: string[]
}
