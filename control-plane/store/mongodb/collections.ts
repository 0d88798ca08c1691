import type { Collection, Db, Document as BsonDocument } from 'mongodb'
import type { ReleaseCounts } from '#shared/canaries.ts'
import type { QuotaUse } from '#shared/quotas.ts'
import type { Change } from '../feed/source.ts'
import type { ApiGateway, ClientApp, CloudFunction, DeletedFunction, Environment, FunctionVersion, Release, Upstream, Variable } from '../documents.ts'
import type { DataPlane, DataPlaneToken, RouteUsage, ScheduleRun, VariableReads } from '../records.ts'
import type { KvSums } from '../kv/entries.ts'
import type { EnvironmentRef } from '../store.ts'

/** `_id` says in one text what the embedded store's primary keys say in columns. No name that takes part has a slash. */
export interface Keyed { _id: string }

/** What is embedded, and read apart from the rest or not at all. */
export interface StoredEnvironment extends Environment, Keyed {
  clients: ClientApp[]
  variables: Variable[]
  upstreams: Upstream[]
  /** How often something was written beside this document that must be written by one at a time, and must not outlive it. */
  turns?: number
}

/** The texts beside what lists show, under one name, so that one projection leaves them out. */
export interface StoredVersion extends Omit<FunctionVersion, 'files' | 'bundle' | 'sourceMap'>, Keyed {
  texts: Pick<FunctionVersion, 'files' | 'bundle' | 'sourceMap'>
}

export interface StoredChange extends Omit<Change, 'revision'> { _id: number, at: string }

/** `head`: the revision of the last commit. Each write raises it in its own transaction, so writes commit one after the other. */
export interface StoredHead { _id: 'head', revision: number }

export interface StoredCount extends ReleaseCounts, Keyed { step: number }

/** `expiresAt`, in milliseconds since the epoch, is left out of what does not expire. */
export interface StoredKvEntry extends EnvironmentRef, Keyed { key: string, version: number, expiresAt?: number, bytes: number, value: string }

/** `route` is path, method and function. */
export interface StoredRouteUsage extends EnvironmentRef, RouteUsage, Keyed { route: string, day: string }

export interface StoredVariableReads extends VariableReads, Keyed { gatewayId: string }

export type AnyCollection = Collection<BsonDocument & Keyed>

export interface Collections {
  gateways: Collection<ApiGateway & Keyed>
  environments: Collection<StoredEnvironment>
  functions: Collection<CloudFunction & Keyed>
  functionVersions: Collection<StoredVersion>
  deletedFunctions: Collection<DeletedFunction & Keyed>
  releases: Collection<Release & Keyed>
  releaseCounts: Collection<StoredCount>
  kvEntries: Collection<StoredKvEntry>
  /** One for each environment, made with it. */
  kvUsage: Collection<KvSums & EnvironmentRef & Keyed>
  /** Their `_id` is their `id`. */
  scheduleRuns: Collection<ScheduleRun & Keyed>
  quotaUses: Collection<QuotaUse & Keyed & { ledger: string }>
  routeUsage: Collection<StoredRouteUsage>
  variableReads: Collection<StoredVariableReads>
  /** Their `_id` is their `id`, as that of tokens is. */
  dataPlanes: Collection<DataPlane & Keyed>
  dataPlaneTokens: Collection<DataPlaneToken & Keyed>
  changes: Collection<StoredChange>
  heads: Collection<StoredHead>
  settings: Collection<{ _id: string, value: string }>
  /** Whatever is in it. */
  named: (name: string) => AnyCollection
  /** All whose documents end with the gateway that their `gatewayId` names. */
  ofGateway: AnyCollection[]
  /** All whose documents end with the environment that their `gatewayId` and `environment` name. */
  ofEnvironment: AnyCollection[]
}

export function collectionsOf (db: Db): Collections {
  const named = (name: string): AnyCollection => db.collection(name)
  const ofEnvironment = ['releases', 'releaseCounts', 'kvEntries', 'kvUsage', 'scheduleRuns', 'quotaUses', 'routeUsage', 'variableReads']
  return {
    gateways: db.collection('gateways'),
    environments: db.collection('environments'),
    functions: db.collection('functions'),
    functionVersions: db.collection('functionVersions'),
    deletedFunctions: db.collection('deletedFunctions'),
    releases: db.collection('releases'),
    releaseCounts: db.collection('releaseCounts'),
    kvEntries: db.collection('kvEntries'),
    kvUsage: db.collection('kvUsage'),
    scheduleRuns: db.collection('scheduleRuns'),
    quotaUses: db.collection('quotaUses'),
    routeUsage: db.collection('routeUsage'),
    variableReads: db.collection('variableReads'),
    dataPlanes: db.collection('dataPlanes'),
    dataPlaneTokens: db.collection('dataPlaneTokens'),
    changes: db.collection('changes'),
    heads: db.collection('heads'),
    settings: db.collection('settings'),
    named,
    ofGateway: ['environments', 'functions', 'functionVersions', 'deletedFunctions', ...ofEnvironment].map(named),
    ofEnvironment: ofEnvironment.map(named)
  }
}

export function idOf (...names: Array<string | number>): string {
  return names.join('/')
}
