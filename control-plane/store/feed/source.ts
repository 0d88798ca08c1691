import type { FeedFunctionVersion } from '#shared/feed.ts'
import type { Touched, VersionRef } from '../changes.ts'
import type { ApiGateway, ClientApp, Environment, Release, Upstream, Variable } from '../documents.ts'
import type { EnvironmentRef } from '../store.ts'

/** One state of a store, as it was when the source was opened: whatever is written meanwhile is not seen. */
export interface FeedSource {
  readonly store: string
  readonly head: () => Answer<number>
  /** The oldest entry of `changes` that is kept; `null` where there is none. */
  readonly oldestChange: () => Answer<number | null>
  /** Gateways, environments and clients' keys together: about what a snapshot has to read. */
  readonly size: () => Answer<number>
  /** In order of their revisions. */
  readonly changesAfter: (revision: number, limit: number) => Answer<Change[]>
  /** By id, beginning after this one. */
  readonly gatewaysAfter: (id: string, limit: number) => Answer<ApiGateway[]>
  readonly gateway: (id: string) => Answer<ApiGateway | null>
  readonly environment: (ref: EnvironmentRef) => Answer<ServingEnvironment | null>
  readonly clients: (ref: EnvironmentRef) => Answer<ClientApp[]>
  readonly version: (gatewayId: string, version: VersionRef) => Answer<FeedFunctionVersion | null>
}

/** An environment with all that it serves. */
export interface ServingEnvironment {
  environment: Environment
  variables: Variable[]
  upstreams: Upstream[]
  /** By their numbers. */
  releases: Map<number, Release>
}

export interface Change { revision: number, touched: Touched[] }

/** Adapters whose reads are synchronous need no promises. */
export type Answer<Value> = Value | Promise<Value>
