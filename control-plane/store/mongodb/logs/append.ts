import { randomBytes } from 'node:crypto'
import type { ClientSession } from 'mongodb'
import { logLevels, type LogBatch, type LogLine } from '#shared/logs.ts'
import { bytesOf } from '../../logs/lines.ts'
import { encode } from '../codec.ts'
import { idOf } from '../collections.ts'
import type { LogCollections, StoredHead, StoredLogLine } from './collections.ts'

/** What has come of a batch: whose lines, and how many bytes. */
export interface Appended { heads: StoredHead[], bytes: number }

/** It or a later one of its origin is there already: nothing of the transaction is to be kept. */
export class BatchIsThere extends Error {
  override readonly name = 'BatchIsThere'
}

/**
 * Within a transaction, whose commits of one environment come one after the other: whoever sees a line sees all with lower numbers.
 * @throws {BatchIsThere}
 */
export async function appendBatch (collections: LogCollections, batch: LogBatch, now: number, session: ClientSession): Promise<Appended> {
  const sizes = Map.groupBy(batch.lines.map(line => ({ line, bytes: bytesOf(line) })), ({ line }) => headId(line))
  // First, so that of two who are at one environment the second one learns of it before it has done anything else.
  const heads = await moveHeads(collections, sizes, session)
  await noteBatch(collections, batch, now, session)
  const lines = heads.flatMap(head => {
    const own = sizes.get(head._id)!
    return own.map(({ line, bytes }, index) => toStored(line, head.birth, head.last - own.length + 1 + index, bytes, now))
  })
  if (lines.length > 0) await collections.logLines.insertMany(lines, { session })
  return { heads, bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0) }
}

type SizedLine = { line: LogLine, bytes: number }

/** Makes room for so many more lines of each environment. @returns the heads as they are then */
async function moveHeads ({ logUsage }: LogCollections, sizes: ReadonlyMap<string, SizedLine[]>, session: ClientSession): Promise<StoredHead[]> {
  if (sizes.size === 0) return []
  await logUsage.bulkWrite([...sizes].map(([_id, own]) => {
    const { gatewayId, environment } = own[0]!.line
    const added = { last: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) }
    const made = { gatewayId, environment, birth: randomBytes(6).toString('hex') }
    return { updateOne: { filter: { _id }, update: { $inc: added, $setOnInsert: made }, upsert: true } }
  }), { session })
  return await logUsage.find({ _id: { $in: [...sizes.keys()] } }, { session }).toArray()
}

async function noteBatch ({ logBatches }: LogCollections, { origin, sequence }: LogBatch, now: number, session: ClientSession): Promise<void> {
  const last = await logBatches.findOne({ _id: origin }, { session })
  if (last !== null && last.sequence >= sequence) throw new BatchIsThere()
  await logBatches.replaceOne({ _id: origin }, { sequence, arrivedAt: now }, { upsert: true, session })
}

function toStored ({ time, level, functionName, versionId, requestId, message, fields }: LogLine, log: string, number: number, bytes: number, now: number): StoredLogLine {
  return {
    log,
    number,
    time: Math.min(time, now),
    level: logLevels.indexOf(level),
    ...(functionName !== null && { functionName }),
    ...(versionId !== null && { versionId }),
    ...(requestId !== null && { requestId }),
    message: encode(message),
    fields: encode(fields),
    bytes,
    arrivedAt: now
  }
}

export function headId ({ gatewayId, environment }: { gatewayId: string, environment: string }): string {
  return idOf(gatewayId, environment)
}
