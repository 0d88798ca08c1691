import type { Collection, Db } from 'mongodb'
import { severeLevel, type LineRow } from '../../logs/lines.ts'
import type { LogHead } from '../../logs/positions.ts'
import type { EnvironmentRef } from '../../store.ts'
import type { AnyCollection, Keyed } from '../collections.ts'
import { anyText, number, text, type CollectionSchema } from '../schema.ts'

/** What is known of the lines of an environment, and how many bytes they take, about. */
export interface StoredHead extends EnvironmentRef, LogHead, Keyed { bytes: number }

/** What is `null` of a line is left out. */
export type StoredLogLine = Pick<LineRow, 'number' | 'time' | 'level' | 'message' | 'fields'> & {
  /** `birth` of the environment's head: should that be lost, these lines are in nobody's way. */
  log: string
  functionName?: string
  versionId?: string
  requestId?: string
  bytes: number
  /** By the clock of the control plane that they came to; milliseconds since the epoch, as `time`. */
  arrivedAt: number
}

/** The last batch of an edge worker. */
export interface StoredBatch { _id: string, sequence: number, arrivedAt: number }

export interface LogCollections {
  logUsage: Collection<StoredHead>
  logLines: Collection<StoredLogLine>
  logBatches: Collection<StoredBatch>
  named: (name: 'logBatches') => AnyCollection
}

export function logCollectionsOf (db: Db): LogCollections {
  return {
    logUsage: db.collection('logUsage'), logLines: db.collection('logLines'), logBatches: db.collection('logBatches'), named: name => db.collection(name)
  }
}

/** Each index ends with what its queries are sorted by; but that older servers want no two of one key. */
export const logSchemas: CollectionSchema[] = [
  {
    name: 'logUsage',
    required: { gatewayId: text, environment: text, birth: text, last: number, bytes: number },
    indexes: [{ name: 'byName', key: { gatewayId: 1, environment: 1 }, unique: true }, { name: 'byBirth', key: { birth: 1 }, unique: true }]
  },
  {
    name: 'logLines',
    required: { log: text, number, time: number, level: number, message: anyText, fields: anyText, bytes: number, arrivedAt: number },
    indexes: [
      { name: 'byNumber', key: { log: 1, number: 1 }, unique: true },
      { name: 'byTime', key: { log: 1, time: 1, number: 1 } },
      { name: 'byFunction', key: { log: 1, functionName: 1, time: 1, number: 1 }, partialFilterExpression: { functionName: { $exists: true } } },
      { name: 'byRequest', key: { log: 1, requestId: 1, time: 1, number: 1 }, partialFilterExpression: { requestId: { $exists: true } } },
      { name: 'severeByTime', key: { log: 1, time: 1, number: 1, level: 1 }, partialFilterExpression: { level: { $gte: severeLevel } } },
      { name: 'byArrival', key: { arrivedAt: 1 } }
    ]
  },
  { name: 'logBatches', required: { sequence: number, arrivedAt: number }, indexes: [{ name: 'byArrival', key: { arrivedAt: 1 } }] }
]
