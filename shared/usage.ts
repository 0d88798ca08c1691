/**
 * What of a release is in use, on its way from an edge worker to the control plane: `POST /v1/data-plane/usage`, answered 204.
 *
 * A worker adds up what it has seen since its last report. Requests are counted at most once: where nobody knows whether a report has
 * arrived, it is sent again with `requests` 0, so that what is in use is known all the same.
 */
export interface UsageReport {
  routes: RouteUse[]
  variables: VariableUse[]
}

/** Requests that one route has answered, whatever the answer was. */
export interface RouteUse {
  gatewayId: string
  environment: string
  functionName: string
  method: string
  /** The route's pattern, not what was asked for. */
  path: string
  requests: number
  /** Milliseconds since the epoch: when the last of them ended. */
  lastAt: number
  /** Ids of those who asked, as far as they were authenticated; so many of them as are kept. */
  clients: string[]
  /** There were others. */
  moreClients: boolean
}

/** Names of variables that one version of a function has read, never their values. */
export interface VariableUse {
  gatewayId: string
  environment: string
  functionName: string
  versionId: string
  /** Those that were there. */
  found: string[]
  /** Those that were not. */
  missing: string[]
}

/** Matter of the uplink. */
export const usageMatter = '/usage'
/** Of one report; those that do not fit go into the next one. */
export const maxRouteUses = 500
export const maxVariableUses = 50
/** Of one route. */
export const maxUsageClients = 20
/** Of one version in one environment. Half of them at most were not there. */
export const maxVariableNames = 200
