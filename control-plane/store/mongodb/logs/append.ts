import { randomBytes } from 'node:crypto'
import type { AnyBulkWriteOperation, ClientSession } from 'mongodb'
import { logLevels, type LogBatch, type LogLine } from '#shared/logs.ts'
import { bytesOf } from '../../logs/lines.ts'
import { encode } from '../codec.ts'
import { idOf } from '../collections.ts'
import type { LogCollections, StoredHead, StoredLogLine } from './collections.ts'

/** What has come of a batch: whose lines, and how many bytes. */
export interface Appended { heads: StoredHead[], bytes: number }

/**
 * Within a transaction, whose commits of one environment come one after the other: whoever sees a line sees all with lower numbers. Where the
 * batch is there already, nothing has come of it.
 */
export async function appendBatch (collections: LogCollections, batch: LogBatch, now: number, session: ClientSession): Promise<Appended> {
  if (!await noteBatch(collections, batch, now, session)) return { heads: [], bytes: 0 }
  const heads = await openHeads(collections, batch, session)
  const lines: StoredLogLine[] = []
  let sum = 0
  for (const line of batch.lines) {
    const { head } = heads.get(headId(line))!
    const bytes = bytesOf(line)
    head.last++
    head.bytes += bytes
    sum += bytes
    lines.push(toStored(line, head, bytes, now))
  }
  // First, so that of two who number lines of one environment the second one fails before it has sent them.
  if (heads.size > 0) await collections.logUsage.bulkWrite([...heads.values()].map(save), { session })
  if (lines.length > 0) await collections.logLines.insertMany(lines, { session })
  return { heads: [...heads.values()].map(({ head }) => head), bytes: sum }
}

/** `false`: it or a later one of its origin is noted already. */
async function noteBatch ({ logBatches }: LogCollections, { origin, sequence }: LogBatch, now: number, session: ClientSession): Promise<boolean> {
  const last = await logBatches.findOne({ _id: origin }, { session })
  if (last !== null && last.sequence >= sequence) return false
  await logBatches.replaceOne({ _id: origin }, { sequence, arrivedAt: now }, { upsert: true, session })
  return true
}

interface OpenedHead { head: StoredHead, isNew: boolean }

async function openHeads ({ logUsage }: LogCollections, { lines }: LogBatch, session: ClientSession): Promise<Map<string, OpenedHead>> {
  const opened = new Map<string, OpenedHead>()
  for (const { gatewayId, environment } of lines) {
    const _id = headId({ gatewayId, environment })
    if (!opened.has(_id)) opened.set(_id, { head: { _id, gatewayId, environment, birth: randomBytes(6).toString('hex'), last: 0, bytes: 0 }, isNew: true })
  }
  for await (const head of logUsage.find({ _id: { $in: [...opened.keys()] } }, { session })) opened.set(head._id, { head, isNew: false })
  return opened
}

function save ({ head, isNew }: OpenedHead): AnyBulkWriteOperation<StoredHead> {
  if (isNew) return { insertOne: { document: head } }
  return { updateOne: { filter: { _id: head._id }, update: { $set: { last: head.last, bytes: head.bytes } } } }
}

function toStored ({ time, level, functionName, versionId, requestId, message, fields }: LogLine, head: StoredHead, bytes: number, now: number): StoredLogLine {
  return {
    log: head.birth,
    number: head.last,
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
