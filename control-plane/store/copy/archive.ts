/**
 * All that a store keeps, record by record, for copying whole stores: what neither revisions nor rules take part in. Nobody else may
 * write to it meanwhile.
 */
export interface StoreArchive {
  /** What messages call it; without credentials. */
  readonly name: string
  identity: () => Promise<StoreIdentity>
  /** Makes the store the one that was copied, one revision on: readers that hold its last state lack nothing. */
  takeIdentity: (identity: StoreIdentity) => Promise<void>
  /** Whether it holds anything but settings. */
  isEmpty: () => Promise<boolean>
  /** In an order that stays; `after` is the `next` of the page before. */
  read: (kind: ArchiveKind, after: string | null, limit: number) => Promise<{ records: ArchiveRecord[], next: string | null }>
  /** In the place of records of the same key. All of them or none, and durable. */
  write: (kind: ArchiveKind, records: readonly ArchiveRecord[]) => Promise<void>
  /** Of a copy into this store that has not ended; `null`: there is none. */
  readProgress: () => Promise<CopyProgress | null>
  writeProgress: (progress: CopyProgress | null) => Promise<void>
  close: () => Promise<void>
}

export interface StoreIdentity { id: string, revision: number }

/** Which store is being copied, and up to where. */
export interface CopyProgress {
  source: StoreIdentity
  /** The kind that is next or under way; `null`: all have been copied. */
  kind: string | null
  after: string | null
}

/** Columns, `document` where there is one, and what is embedded in it or stands beside it: each a JSON value. */
export type ArchiveRecord = Record<string, unknown>

export interface ArchiveKind {
  /** Of the collection and of the table. */
  name: string
  key: readonly string[]
  /** Beside the key. */
  columns: readonly string[]
  hasDocument: boolean
  /** Columns that the document does not repeat. */
  apart: readonly string[]
  /** Texts and arrays that are read apart from the document. */
  embedded: readonly string[]
  /** Records read and written at once. */
  perPage: number
}

const ofEnvironment = ['gatewayId', 'environment']

/** What hangs below something comes after it. `changes` are not among them: they tell readers what to look at anew. */
export const archiveKinds: readonly ArchiveKind[] = [
  kind('gateways', ['id']),
  kind('environments', ['gatewayId', 'name'], { embedded: ['clients', 'variables', 'upstreams'], perPage: 20 }),
  kind('functions', ['gatewayId', 'name']),
  kind('functionVersions', ['gatewayId', 'functionName', 'id'], { columns: ['number'], embedded: ['files', 'bundle', 'sourceMap'], perPage: 10 }),
  kind('deletedFunctions', ['gatewayId', 'name'], { columns: ['restorableUntil'] }),
  kind('releases', [...ofEnvironment, 'number'], { perPage: 100 }),
  kind('releaseCounts', [...ofEnvironment, 'release', 'step'], { columns: ['requests', 'failures'], hasDocument: false }),
  kind('kvEntries', [...ofEnvironment, 'key'], { columns: ['version', 'expiresAt', 'bytes', 'value'], hasDocument: false, perPage: 100 }),
  kind('kvUsage', ofEnvironment, { columns: ['keys', 'bytes', 'lastVersion'], hasDocument: false }),
  kind('scheduleRuns', ['id'], { columns: [...ofEnvironment, 'functionName', 'schedule', 'scheduledAt', 'status', 'deadlineAt'] }),
  kind('quotaUses', [...ofEnvironment, 'subject', 'period', 'ledger'], { columns: ['endsAt', 'spent', 'returned'], hasDocument: false }),
  kind('routeUsage', [...ofEnvironment, 'route', 'day'], { apart: [...ofEnvironment, 'route', 'day'] }),
  kind('variableReads', ['gatewayId', 'functionName', 'environment', 'versionId'], { columns: ['seenAt'], apart: ['gatewayId'] }),
  kind('dataPlanes', ['id'], { columns: ['seenAt'] }),
  kind('dataPlaneTokens', ['id'], { columns: ['name', 'tokenHash'] }),
  kind('settings', ['name'])
]

function kind (name: string, key: readonly string[], more: Partial<ArchiveKind> = {}): ArchiveKind {
  return { name, key, columns: [], hasDocument: true, apart: [], embedded: [], perPage: 500, ...more }
}

/** Where a store keeps its `CopyProgress`. */
export const progressSetting = 'copy'
/** Settings of a store itself, beside those of the installation that it keeps. */
export const ownSettings: readonly string[] = ['storeId', progressSetting, 'ping']

/** Why a store cannot be opened. */
export function unfinishedCopy (name: string): string {
  return `${name} holds the beginning of a copy; run store:copy again to finish it`
}
