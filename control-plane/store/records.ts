import type { DataPlaneReport } from '#shared/data-planes.ts'

// What runs, and what is told of it: unlike documents.ts, no part of what is served.

/** What clients have asked of one route of an environment. Told by data planes; it is no part of what they follow. */
export interface RouteUsage {
  functionName: string
  method: string
  /** The pattern. */
  path: string
  requests: number
  lastUsedAt: string
  /** Ids, sorted; so many of them as are kept. */
  clients: string[]
  /** There were others. */
  moreClients: boolean
}

/** Which variables one version of a function has read in one environment, by name alone. */
export interface VariableReads {
  environment: string
  functionName: string
  versionId: string
  /** By name. `isThere`: whether the environment had it when it was last heard of. */
  names: Array<{ name: string, isThere: boolean }>
  /** When it was last heard of. */
  seenAt: string
}

/**
 * `running` becomes `lost` where nothing was heard of it by its deadline. `missed`: no data plane could ask for it in time. `skipped`: the one
 * before still ran.
 */
export type ScheduleRunStatus = typeof scheduleRunStatuses[number]
export const scheduleRunStatuses = ['running', 'succeeded', 'failed', 'timed_out', 'lost', 'missed', 'skipped'] as const

/** One due time of one schedule, and what came of it. Written by data planes; it is no part of what they follow. */
export interface ScheduleRun {
  /** In the order of their due times. */
  id: string
  gatewayId: string
  environment: string
  functionName: string
  schedule: string
  versionId: string
  scheduledAt: string
  status: ScheduleRunStatus
  /** When it is lost, while it is `running`. */
  deadlineAt: string
  startedAt: string | null
  finishedAt: string | null
  durationMs: number | null
  responseStatus: number | null
  errorCode: string | null
  /** Finds its lines in the log. */
  requestId: string | null
}

/** How a run has ended. */
export type ScheduleRunOutcome = Pick<ScheduleRun, 'startedAt' | 'finishedAt' | 'durationMs' | 'responseStatus' | 'errorCode' | 'requestId'> & {
  status: 'succeeded' | 'failed' | 'timed_out'
}

/** A data plane, as it last told of itself. Nobody follows it: it has no revision of its own. */
export interface DataPlane extends Pick<DataPlaneReport, 'name' | 'version' | 'workers' | 'store' | 'revision' | 'trouble'> {
  /** Made by itself, and kept in its data directory. */
  id: string
  /** Names of the environments that it is sent; `null`: all. */
  environments: string[] | null
  connected: boolean
  /** RFC 3339, UTC: when it was last heard of. */
  seenAt: string
  /** RFC 3339, UTC: until when it knew that it lacked nothing; `null`: it never has. */
  heardAt: string | null
  /** Under which it told so; `null`: the installation's own. */
  tokenId: string | null
}

/** What a data plane may present in the place of the installation's own token. */
export interface DataPlaneToken {
  id: string
  name: string
  /** SHA-256, hexadecimal: the token itself is kept nowhere. */
  tokenHash: string
  /** Names of the environments that it opens; `null`: all. */
  environments: string[] | null
  createdAt: string
}
