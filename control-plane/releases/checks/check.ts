import type { ReleaseRoute } from '#shared/feed.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { ApiGateway, ClientApp, ReleaseOrigin, ReleaseUse } from '../../store/documents.ts'
import type { Draft } from '../../store/store.ts'
import type { RouteChange } from '../changes.ts'

/** One thing that is looked at before a release is made. A check writes nothing, and knows nothing of the others. */
export type Check = (subject: PreflightSubject) => Finding[] | Promise<Finding[]>

/** What somebody should know before a release is made. */
export interface Finding {
  /** A refusal has to be overruled by `force`. */
  severity: 'refusal' | 'warning'
  /** Stable: clients may branch on it. */
  code: 'pipeline_skipped' | 'pipeline_backwards' | 'variable_missing' | 'upstream_missing' | 'route_vanishes' | 'route_moves' | 'route_in_use' | 'plugin_missing' | 'authentication_missing' |
    'client_without_key' | 'no_clients' | 'canary_in_progress'
  message: string
  functionName?: string
  plugin?: string
  /** It, or another version of the function, has read the variable. */
  seenAtRunTime?: boolean
  /** Of a route. Clients by name, some of them. */
  usage?: { requests: number, lastUsedAt: string, clients: string[] }
}

/** A release that is about to be made, and where. */
export interface PreflightSubject {
  gateway: Draft<ApiGateway>
  origin: ReleaseOrigin
  use: ReleaseUse
  /** To what the target serves now. */
  changes: readonly RouteChange[]
  target: EnvironmentFacts
  /** Where the routes come from; `null`: from no other environment. */
  source: EnvironmentFacts | null
  /** Of a route that the release would bring; `null`: it is gone. */
  bundleOf: (route: ReleaseRoute) => Promise<string | null>
}

/** An environment as it is when the release is made. What not every check needs is read when one asks. */
export interface EnvironmentFacts {
  name: string
  /** Number of its release; `null`: there is none. */
  canary: number | null
  /** Those in effect, the gateway's included. */
  plugins: Plugins
  variableNames: () => Promise<ReadonlySet<string>>
  upstreamNames: () => Promise<ReadonlySet<string>>
  clients: () => Promise<ReadonlyArray<Draft<ClientApp>>>
}
