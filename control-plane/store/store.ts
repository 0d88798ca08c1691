import type { CachePurgeTargets } from '#shared/cache-purges.ts'
import type { ReleaseCounts } from '#shared/canaries.ts'
import type { FeedState } from '#shared/feed.ts'
import type { KvAnswer, KvRequest } from '#shared/kv.ts'
import type { QuotaRef, QuotaUse } from '#shared/quotas.ts'
import type { UsageReport } from '#shared/usage.ts'
import type { ApiGateway, Canary, ClientApp, CloudFunction, DeletedFunction, Environment, FunctionVersion, FunctionVersionSummary, Preview, Release, Serving, Upstream, Variable } from './documents.ts'
import type { DataPlane, DataPlaneToken, RouteUsage, ScheduleRun, ScheduleRunOutcome, ScheduleRunStatus, VariableReads } from './records.ts'

/**
 * The store in the domain's words. Every adapter passes `test/contract/store.ts`.
 *
 * - A write is one transaction: the documents, one entry in `changes`, the next revision. It is durable when its promise resolves.
 * - Revisions are 1, 2, 3 without gaps, in commit order. The documents written carry the revision of their transaction.
 * - Reads answer `null` for what is not there; writes throw `StoreError`.
 * - `expectedRevision` is the revision at which the caller has read the thing; another one throws `revision_mismatch`.
 * - Texts are returned as they were given; documents returned are the caller's own to change.
 */
export interface Store {
  /** Made once with the database; revisions of two stores cannot be compared. */
  readonly id: string
  readonly revision: () => Promise<number>
  /** Resolves while the store can be read and written, rejects with `unavailable` otherwise. */
  ping: () => Promise<void>
  close: () => Promise<void>

  /** @throws `exists` */
  createGateway: (gateway: Draft<ApiGateway>, environments: Array<Draft<Environment>>) => Promise<ApiGateway>
  getGateway: (id: string) => Promise<ApiGateway | null>
  /** By id. */
  listGateways: (page: PageRequest) => Promise<Page<ApiGateway>>
  replaceGateway: (gateway: Draft<ApiGateway>, expectedRevision: number) => Promise<ApiGateway>
  /** With all that is in it: environments, clients, variables, upstreams, functions, versions, releases, key-value stores. Resolves with the revision. */
  deleteGateway: (id: string, expectedRevision: number) => Promise<number>

  /** Also appends the name to the gateway's `environments`, unless it stands there. @throws `not_found` without the gateway, `exists` */
  createEnvironment: (environment: Draft<Environment>) => Promise<Environment>
  getEnvironment: (gatewayId: string, name: string) => Promise<Environment | null>
  /** By name. */
  listEnvironments: (gatewayId: string, page: PageRequest) => Promise<Page<Environment>>
  /** What it serves and what was purged stay what they are: only releases, `replaceServing` and `purgeCache` move that. */
  replaceEnvironment: (environment: Draft<Environment>, expectedRevision: number) => Promise<Environment>
  /**
   * Adds to what was purged of its kept answers; its own revision stays. Resolves with the revision of the store that has it.
   * @param what `null`: all
   * @throws `not_found` without the environment
   */
  purgeCache: (environment: EnvironmentRef, what: CachePurgeTargets | null) => Promise<number>
  /** With its clients, variables, upstreams, releases and key-value store; also leaves the gateway's `environments`. @throws `is_default` */
  deleteEnvironment: (gatewayId: string, name: string, expectedRevision: number) => Promise<number>

  /** A key's hash, overlapping ones included, is one client's in the whole store. @throws `not_found` without the environment; `exists` with `field` `name`, `id` or `keyHash`; `limit` at `maxClientsPerEnvironment` */
  addClient: (environment: EnvironmentRef, client: Draft<ClientApp>) => Promise<ClientApp>
  getClient: (environment: EnvironmentRef, clientId: string) => Promise<ClientApp | null>
  /** By id. */
  listClients: (environment: EnvironmentRef, page: PageRequest) => Promise<Page<ClientApp>>
  /** @throws `not_found`, `revision_mismatch`, `exists` */
  replaceClient: (environment: EnvironmentRef, client: Draft<ClientApp>, expectedRevision: number) => Promise<ClientApp>
  removeClient: (environment: EnvironmentRef, clientId: string, expectedRevision: number) => Promise<number>
  /** By the hash of its current key. */
  findClientByKeyHash: (keyHash: string) => Promise<{ environment: EnvironmentRef, client: ClientApp } | null>

  /** `expectedRevision` `null`: it must not exist yet. */
  putVariable: (environment: EnvironmentRef, variable: Draft<Variable>, expectedRevision: number | null) => Promise<Variable>
  getVariable: (environment: EnvironmentRef, name: string) => Promise<Variable | null>
  /** By name. */
  listVariables: (environment: EnvironmentRef, page: PageRequest) => Promise<Page<Variable>>
  removeVariable: (environment: EnvironmentRef, name: string, expectedRevision: number) => Promise<number>

  /** `expectedRevision` `null`: it must not exist yet. */
  putUpstream: (environment: EnvironmentRef, upstream: Draft<Upstream>, expectedRevision: number | null) => Promise<Upstream>
  getUpstream: (environment: EnvironmentRef, name: string) => Promise<Upstream | null>
  /** By name. */
  listUpstreams: (environment: EnvironmentRef, page: PageRequest) => Promise<Page<Upstream>>
  removeUpstream: (environment: EnvironmentRef, name: string, expectedRevision: number) => Promise<number>

  /**
   * Saves the function, its version unless a version of that id is there already, and the deployment if one is given.
   * The version's `number` is the store's to give. `expectedRevision` `null`: the function must not exist yet; a deleted one of its name
   * cannot be restored any more.
   */
  saveFunction: (
    fn: Draft<CloudFunction>, version: Omit<FunctionVersion, 'number'>, expectedRevision: number | null, deployment: Deployment | null
  ) => Promise<{ fn: CloudFunction, version: FunctionVersionSummary, release: Release | null }>
  getFunction: (gatewayId: string, name: string) => Promise<CloudFunction | null>
  /** By name. */
  listFunctions: (gatewayId: string, page: PageRequest) => Promise<Page<CloudFunction>>
  /** The function is gone from the list, and can be restored for `functionsRestorableMs`; its versions stay. */
  deleteFunction: (gatewayId: string, name: string, expectedRevision: number, deployment: Deployment | null) => Promise<number>
  /** `null` also when its time is over. */
  getDeletedFunction: (gatewayId: string, name: string) => Promise<DeletedFunction | null>
  /** By name. */
  listDeletedFunctions: (gatewayId: string, page: PageRequest) => Promise<Page<DeletedFunction>>
  /** `expectedRevision` is that of the deletion. @throws `not_found`, `revision_mismatch` */
  restoreFunction: (
    fn: Draft<CloudFunction>, expectedRevision: number, deployment: Deployment | null
  ) => Promise<{ fn: CloudFunction, release: Release | null }>
  /** Forgets deleted functions whose time is over, at most so many; resolves with how many it were. It makes no revision. */
  sweepDeletedFunctions: (limit: number) => Promise<number>
  getFunctionVersion: (gatewayId: string, functionName: string, versionId: string) => Promise<FunctionVersion | null>
  /** Newest first. */
  listFunctionVersions: (gatewayId: string, functionName: string, page: PageRequest) => Promise<Page<FunctionVersionSummary>>

  /**
   * Makes a release and puts it to its use. One that is to be served ends the canary.
   * @throws `revision_mismatch` where `basedOn` and `beside` are not what the environment serves; `not_found` where a route's version is not stored
   */
  createRelease: (gatewayId: string, deployment: Deployment) => Promise<{ release: Release, revision: number }>
  /**
   * Moves an environment among releases that there are. Those made for previews end when they are previews no more.
   * @throws `not_found` where a release that is named is not stored, `revision_mismatch`
   */
  replaceServing: (environment: EnvironmentRef, serving: Serving, expectedRevision: number) => Promise<Environment>
  getRelease: (environment: EnvironmentRef, number: number) => Promise<Release | null>
  /** Environments that have previews which expire at this time or before it, at most so many. */
  findExpiredPreviews: (at: string, limit: number) => Promise<EnvironmentRef[]>
  /** Newest first. */
  listReleases: (environment: EnvironmentRef, page: PageRequest) => Promise<Page<Release>>

  /**
   * Carries out writes in their order as one: all of them or none, with one revision and one entry in `changes`. Each sees what those before
   * it have written. None make no revision. Resolves with the revision of the store. @throws what the first of them does that cannot be carried out
   */
  writeTogether: (writes: readonly StoreWrite[]) => Promise<number>

  /**
   * Applies operations on the key-value stores of environments, each whole or not at all, in their order; they make no revision. What an
   * operation can be refused for is its answer. Ends early rather than to hold much more than `maxKvAnswerBytes`, and never without an
   * answer: requests beyond the answers have not been carried out. Entries that have expired are not there.
   */
  applyKv: (requests: readonly KvRequest[]) => Promise<KvAnswer[]>
  /** Takes expired entries away, at most so many; resolves with how many it were. */
  sweepKv: (limit: number) => Promise<number>

  /**
   * Adds a run of a schedule, unless there is one of the same schedule and time: of several who ask at once, one adds it. One that is to be
   * `running` while the one before still is becomes `skipped`. Only so many are kept of a schedule, and for so long. It makes no revision.
   * @throws `not_found` without the environment
   */
  addScheduleRun: (run: ScheduleRun) => Promise<{ run: ScheduleRun, added: boolean }>
  /**
   * `null`: there is no such run in these environments (`null`: all). It ends once; one that was given up for lost may still.
   */
  finishScheduleRun: (id: string, outcome: ScheduleRunOutcome, environments?: readonly string[] | null) => Promise<{ run: ScheduleRun, finished: boolean } | null>
  /** Newest first, by due time. */
  listScheduleRuns: (environment: EnvironmentRef, filter: ScheduleRunFilter, page: PageRequest) => Promise<Page<ScheduleRun>>

  /**
   * Adds to what releases have answered, in steps of `countStepMs`; counts of environments that are not there are left out, and old ones
   * forgotten. It makes no revision.
   * @param at milliseconds since the epoch
   */
  addReleaseCounts: (counts: readonly ReleaseCounts[], at: number) => Promise<void>
  /** What a release has answered since then, from the beginning of the step in which that is. @param since milliseconds since the epoch */
  sumReleaseCounts: (environment: EnvironmentRef, release: number, since: number) => Promise<Pick<ReleaseCounts, 'requests' | 'failures'>>

  /**
   * Notes what a ledger has spent of quotas in all; what is less than was known is late, and changes nothing. Uses in environments that are not
   * there are left out, and periods that are long over forgotten. It makes no revision.
   * @param at milliseconds since the epoch
   * @returns for each use what all other ledgers have spent of it
   */
  addQuotaUses: (ledger: string, uses: readonly QuotaUse[], at: number) => Promise<number[]>
  /** What all ledgers have spent, for each. */
  sumQuotaUses: (quotas: readonly QuotaRef[]) => Promise<number[]>

  /**
   * Adds to what is known of the use of routes, by whole days (UTC), and of variables, of which the `variableVersionsRetained` versions of a
   * function that were heard of last are kept. What is said of environments that are not there is left out. It makes no revision.
   */
  addUsage: (report: UsageReport) => Promise<void>
  /** Routes that were used at `since` (milliseconds since the epoch) or later, by path; all that is known of the days from then on is in their sums. */
  listRouteUsage: (environment: EnvironmentRef, since: number, page: PageRequest) => Promise<Page<RouteUsage>>
  /** Of all environments, those heard of last first. */
  listVariableReads: (gatewayId: string, functionName: string) => Promise<VariableReads[]>
  /** Takes away what was last heard of before the time that is kept, at most so many; resolves with how many it were. */
  sweepUsage: (limit: number) => Promise<number>

  /**
   * What a reader that holds `after` of store `store` lacks: `begin`, items, `commit`; nothing where it lacks nothing.
   * A snapshot where it holds another store's state, none, or one older than the changes that are kept.
   */
  readFeed: (reader: FeedReader) => AsyncIterable<FeedState>
  /** Calls back after each commit that this process made or has learnt of. Returns the way to stop it. */
  onCommit: (listener: () => void) => () => void

  /** When the first change after this revision was made, as far as changes are kept; `null`: there is none. */
  changedAfter: (revision: number) => Promise<string | null>

  /** Each in the place of what is kept of it, unless that was seen later. It makes no revision. */
  putDataPlanes: (dataPlanes: readonly DataPlane[]) => Promise<void>
  /** By id. */
  listDataPlanes: (page: PageRequest) => Promise<Page<DataPlane>>
  /** Forgets those last seen before this time (RFC 3339, UTC), at most so many; resolves with how many it were. */
  sweepDataPlanes: (seenBefore: string, limit: number) => Promise<number>

  /** It makes no revision. @throws `exists` with `field` `name`; `limit` at `maxDataPlaneTokens` */
  addDataPlaneToken: (token: DataPlaneToken) => Promise<void>
  findDataPlaneToken: (tokenHash: string) => Promise<DataPlaneToken | null>
  /** By id. */
  listDataPlaneTokens: (page: PageRequest) => Promise<Page<DataPlaneToken>>
  /** @throws `not_found` */
  removeDataPlaneToken: (id: string) => Promise<void>

  /** Settings of the installation; they make no revision, for no reader of the feed follows them. */
  getSetting: (name: string) => Promise<string | null>
  /** Keeps the first value given for the name; resolves with the one that holds. */
  initSetting: (name: string, value: string) => Promise<string>
  /** In the place of whatever there was. */
  putSetting: (name: string, value: string) => Promise<void>
}

/** A method of the store that makes a revision, with what it is called with. */
export type StoreWrite = { [Name in StoreWriteName]: { write: Name, with: Readonly<Parameters<Store[Name]>> } }[StoreWriteName]

export type StoreWriteName =
  'createGateway' | 'replaceGateway' | 'deleteGateway' | 'createEnvironment' | 'replaceEnvironment' | 'purgeCache' | 'deleteEnvironment' |
  'addClient' | 'replaceClient' | 'removeClient' | 'putVariable' | 'removeVariable' | 'putUpstream' | 'removeUpstream' |
  'saveFunction' | 'deleteFunction' | 'restoreFunction' | 'createRelease' | 'replaceServing'

/** A document to be written: its revision is the transaction's. */
export type Draft<Document extends { revision: number }> = Omit<Document, 'revision'>

export interface EnvironmentRef { gatewayId: string, environment: string }

/** `null`: whichever. */
export interface ScheduleRunFilter {
  functionName: string | null
  schedule: string | null
  status: ScheduleRunStatus | null
}

export interface PageRequest {
  /** At most so many items. */
  limit: number
  /** The `next` of the page before; `null` for the first one. */
  after: string | null
}

export interface Page<Item> {
  items: Item[]
  /** `null`: this was the last page. */
  next: string | null
}

/** A release to be made. */
export interface Deployment extends Pick<Release, 'environment' | 'routes' | 'note' | 'origin' | 'author' | 'forced' | 'createdAt'> {
  /** Number of the release that `routes` was made from: the one that the environment serves. */
  basedOn: number | null
  /** Number of the canary that the environment has; left out: it has none. */
  beside?: number | null
  /** Left out: it is to be served. */
  use?: { canary: Omit<Canary, 'release'> } | { preview: Omit<Preview, 'release'> }
}

export interface FeedReader {
  store: string | null
  after: number
  /** Names of the environments that the reader may see; `null`: all. */
  environments: readonly string[] | null
}

/** Of how many days, beside the current one, it is known which routes were used. */
export const routeUsageDays = 30
/** For how long after it was heard of it is known which variables a version has read: an isolate says so once. */
export const variableReadsMs = 90 * 86_400_000
/** Of one function in one environment. */
export const variableVersionsRetained = 20
export const maxClientsPerEnvironment = 10_000
/** Of each environment, previews not counted; older ones are forgotten, but for those that it serves. The versions that they named stay. */
export const releasesRetained = 200
export const maxDataPlaneTokens = 1_000
export const countStepMs = 10_000
/** More than the longest window that is looked at. */
export const countsRetainedMs = 2 * 60 * 60_000

/** Number of the step in which a time is. */
export function countStepOf (time: number): number {
  return Math.floor(time / countStepMs)
}

/** What is kept of the runs of schedules. */
export interface ScheduleRunLimits {
  /** Of one schedule. */
  perSchedule: number
  maxAgeMs: number
}

export const standardScheduleRunLimits: ScheduleRunLimits = { perSchedule: 100, maxAgeMs: 30 * 24 * 60 * 60_000 }

/** After its deletion. */
export const functionsRestorableMs = 30 * 24 * 60 * 60_000

export type StoreErrorCode = 'not_found' | 'exists' | 'revision_mismatch' | 'is_default' | 'limit' | 'unavailable'

export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  /** For `exists`: which field is taken. For `not_found`: which kind of thing is missing. */
  readonly field: string | undefined

  constructor (code: StoreErrorCode, message: string, options: { field?: string, cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.field = options.field
  }
}
