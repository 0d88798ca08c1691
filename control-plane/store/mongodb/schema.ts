import { isDeepStrictEqual } from 'node:util'
import type { Db, Document as BsonDocument, IndexDescription } from 'mongodb'
import { isServerError } from './errors.ts'

export interface CollectionSchema {
  name: string
  /** Members that every document has, with their BSON types. */
  required: Record<string, string | string[]>
  indexes?: Array<IndexDescription & { name: string }>
}

export const text = 'string'
/** What a text becomes that is not UTF-8 (`codec.ts`). */
export const anyText = ['string', 'binData']
export const number = ['int', 'long', 'double']
const numberOrNone = [...number, 'null']

/** Where a shard key is wanted, it is `gatewayId`: it leads every index but those of hashes and times. */
export const collectionSchemas: CollectionSchema[] = [
  { name: 'settings', required: { value: anyText } },
  { name: 'heads', required: { revision: number } },
  { name: 'changes', required: { at: text, touched: 'array' } },
  { name: 'gateways', required: { id: text, name: anyText, environments: 'array', config: 'object', revision: number } },
  {
    name: 'environments',
    required: { gatewayId: text, name: text, config: 'object', lastRelease: number, release: numberOrNone, clients: 'array', variables: 'array', upstreams: 'array', revision: number },
    indexes: [
      { name: 'byName', key: { gatewayId: 1, name: 1 }, unique: true },
      { name: 'byKeyHash', key: { 'clients.keyHash': 1 }, unique: true, partialFilterExpression: { 'clients.keyHash': { $exists: true } } },
      { name: 'byPreviousKeyHash', key: { 'clients.previousKey.keyHash': 1 }, unique: true, partialFilterExpression: { 'clients.previousKey.keyHash': { $exists: true } } },
      { name: 'byPreviewExpiry', key: { 'previews.expiresAt': 1 }, partialFilterExpression: { 'previews.expiresAt': { $exists: true } } }
    ]
  },
  {
    name: 'functions',
    required: { gatewayId: text, name: text, latestVersion: text, revision: number },
    indexes: [{ name: 'byName', key: { gatewayId: 1, name: 1 }, unique: true }]
  },
  {
    name: 'functionVersions',
    required: { gatewayId: text, functionName: text, id: text, number, texts: 'object' },
    indexes: [{ name: 'byNumber', key: { gatewayId: 1, functionName: 1, number: -1 }, unique: true }]
  },
  {
    name: 'releases',
    required: { gatewayId: text, environment: text, number, routes: 'array' },
    indexes: [{ name: 'byNumber', key: { gatewayId: 1, environment: 1, number: -1 }, unique: true }]
  },
  {
    name: 'deletedFunctions',
    required: { gatewayId: text, name: text, restorableUntil: text },
    indexes: [{ name: 'byName', key: { gatewayId: 1, name: 1 }, unique: true }, { name: 'byEnd', key: { restorableUntil: 1 } }]
  },
  {
    name: 'releaseCounts',
    required: { gatewayId: text, environment: text, release: number, step: number, requests: number, failures: number },
    indexes: [{ name: 'byStep', key: { gatewayId: 1, environment: 1, release: 1, step: 1 }, unique: true }, { name: 'byAge', key: { step: 1 } }]
  },
  {
    name: 'kvEntries',
    required: { gatewayId: text, environment: text, key: text, version: number, bytes: number, value: anyText },
    indexes: [
      { name: 'byKey', key: { gatewayId: 1, environment: 1, key: 1 }, unique: true },
      { name: 'byExpiry', key: { expiresAt: 1 }, partialFilterExpression: { expiresAt: { $exists: true } } },
      { name: 'ofEnvironmentByExpiry', key: { gatewayId: 1, environment: 1, expiresAt: 1 }, partialFilterExpression: { expiresAt: { $exists: true } } }
    ]
  },
  {
    name: 'kvUsage',
    required: { gatewayId: text, environment: text, keys: number, bytes: number, lastVersion: number },
    indexes: [{ name: 'byName', key: { gatewayId: 1, environment: 1 }, unique: true }]
  },
  {
    name: 'scheduleRuns',
    required: { id: text, gatewayId: text, environment: text, functionName: text, schedule: text, scheduledAt: text, status: text, deadlineAt: text },
    indexes: [
      { name: 'bySchedule', key: { gatewayId: 1, environment: 1, functionName: 1, schedule: 1, scheduledAt: 1 }, unique: true },
      { name: 'ofEnvironment', key: { gatewayId: 1, environment: 1, id: -1 } },
      { name: 'byTime', key: { scheduledAt: 1 } },
      { name: 'byDeadline', key: { deadlineAt: 1 }, partialFilterExpression: { status: 'running' } }
    ]
  },
  {
    name: 'quotaUses',
    required: { gatewayId: text, environment: text, subject: text, period: text, ledger: text, endsAt: number, spent: number, returned: number },
    indexes: [{ name: 'byQuota', key: { gatewayId: 1, environment: 1, subject: 1, period: 1, ledger: 1 }, unique: true }, { name: 'byEnd', key: { endsAt: 1 } }]
  },
  {
    name: 'routeUsage',
    required: { gatewayId: text, environment: text, route: text, day: text, requests: number },
    indexes: [{ name: 'byRoute', key: { gatewayId: 1, environment: 1, route: 1, day: 1 }, unique: true }, { name: 'byDay', key: { day: 1 } }]
  },
  {
    name: 'variableReads',
    required: { gatewayId: text, environment: text, functionName: text, versionId: text, names: 'array', seenAt: text },
    indexes: [
      { name: 'byVersion', key: { gatewayId: 1, functionName: 1, environment: 1, versionId: 1 }, unique: true },
      { name: 'ofEnvironment', key: { gatewayId: 1, environment: 1 } },
      { name: 'byTime', key: { seenAt: 1 } }
    ]
  },
  {
    name: 'dataPlanes',
    required: { id: text, name: anyText, seenAt: text, revision: number },
    indexes: [{ name: 'byTime', key: { seenAt: 1 } }]
  },
  {
    name: 'dataPlaneTokens',
    required: { id: text, name: anyText, tokenHash: text, createdAt: text },
    indexes: [
      { name: 'byName', key: { name: 1 }, unique: true }, { name: 'byHash', key: { tokenHash: 1 }, unique: true }
    ]
  }
]

const namespaceExists = 48

/** Makes what is not there and brings the rest up to date. Several control planes may do it at once, and each does at its start. */
export async function createSchema (db: Db, schemas: readonly CollectionSchema[]): Promise<void> {
  const existing = new Map<string, unknown>()
  for await (const { name, options } of db.listCollections({}, { nameOnly: false })) existing.set(name, options?.validator)
  await Promise.all(schemas.map(async schema => {
    const validator = validatorOf(schema)
    if (!isDeepStrictEqual(existing.get(schema.name), validator)) await validate(db, schema.name, validator)
    if (schema.indexes !== undefined) await db.collection(schema.name).createIndexes(schema.indexes)
  }))
}

async function validate (db: Db, name: string, validator: BsonDocument): Promise<void> {
  try {
    await db.createCollection(name, { validator })
  } catch (error) {
    if (!isServerError(error, namespaceExists)) throw error
    await db.command({ collMod: name, validator })
  }
}

function validatorOf ({ required }: CollectionSchema): BsonDocument {
  const properties = Object.fromEntries(Object.entries(required).map(([member, bsonType]) => [member, { bsonType }]))
  return { $jsonSchema: { bsonType: 'object', required: ['_id', ...Object.keys(required)], properties } }
}
