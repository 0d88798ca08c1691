import type { Filter } from 'mongodb'
import type { LogFilter, LogPassage, LogQuery, StoredLine } from '../../log-store.ts'
import { chooseAccess, openLinePage, pageStart, parseCursor, severeLevel, type LineAccess, type LineRow } from '../../logs/lines.ts'
import { openPassage, unbornPassage } from '../../logs/passages.ts'
import { positionOf, unborn } from '../../logs/positions.ts'
import type { EnvironmentRef, Page, PageRequest } from '../../store.ts'
import { decode } from '../codec.ts'
import { headId } from './append.ts'
import type { LogCollections, StoredHead, StoredLogLine } from './collections.ts'

/** Lines that are fetched at once: few enough to be held in memory, each being as long as it may. */
const batchSize = 250
const projection = { _id: 0, log: 0, bytes: 0, arrivedAt: 0 }

export async function listLines (collections: LogCollections, ref: EnvironmentRef, query: LogQuery, { limit, after }: PageRequest): Promise<Page<StoredLine>> {
  const head = await findHead(collections, ref)
  if (head === null) return { items: [], next: null }
  const { filter, index } = listFilter(head, query, after)
  const direction = query.order === 'asc' ? 1 : -1
  const page = openLinePage(head, query, limit)
  const lines = collections.logLines.find(filter, { projection, hint: index, batchSize: Math.min(batchSize, limit + 1) }).sort({ time: direction, number: direction })
  for await (const line of lines) {
    const full = page.add(toRow(line))
    if (full !== null) return full
  }
  return page.end()
}

export async function findPosition (collections: LogCollections, ref: EnvironmentRef, since: number | null): Promise<string> {
  const head = await findHead(collections, ref)
  if (head === null) return unborn
  if (since === null) return positionOf(head, head.last)
  const [first] = await collections.logLines.aggregate<{ number: number }>(
    [{ $match: { log: head.birth, time: { $gte: since } } }, { $group: { _id: null, number: { $min: '$number' } } }], { hint: indexes.time }
  ).toArray()
  return positionOf(head, first === undefined ? head.last : first.number - 1)
}

export async function readOn (collections: LogCollections, ref: EnvironmentRef, after: string, filter: LogFilter): Promise<LogPassage> {
  const head = await findHead(collections, ref)
  if (head === null) return unbornPassage(after)
  const passage = openPassage(head, after, filter)
  const lines = collections.logLines.find({ log: head.birth, number: { $gt: passage.from } }, { projection, hint: 'byNumber', batchSize }).sort({ number: 1 })
  for await (const line of lines) {
    if (passage.add(toRow(line))) break
  }
  return passage.end()
}

async function findHead ({ logUsage }: LogCollections, ref: EnvironmentRef): Promise<StoredHead | null> {
  return await logUsage.findOne({ _id: headId(ref) })
}

const indexes: Record<LineAccess, string> = { request: 'byRequest', function: 'byFunction', severe: 'severeByTime', time: 'byTime' }

function listFilter ({ birth }: StoredHead, query: LogQuery, after: string | null): { filter: Filter<StoredLogLine>, index: string } {
  const { by, value } = chooseAccess(query)
  const { time, number } = pageStart(query, after === null ? null : parseCursor(after))
  const { since, until, order } = query
  const decided = { request: { requestId: value! }, function: { functionName: value! }, severe: { level: { $gte: severeLevel } }, time: {} }[by]
  const last = until ?? Number.MAX_SAFE_INTEGER
  const [bounds, beyond] = order === 'asc'
    ? [{ $gte: Math.max(since, time), $lte: last }, [{ time: { $gt: time } }, { time, number: { $gt: number } }]]
    : [{ $gte: since, $lte: Math.min(last, time) }, [{ time: { $lt: time } }, { time, number: { $lt: number } }]]
  return { filter: { log: birth, ...decided, time: bounds, $or: beyond }, index: indexes[by] }
}

function toRow ({ functionName = null, versionId = null, requestId = null, message, fields, ...line }: Omit<StoredLogLine, 'functionName' | 'versionId' | 'requestId'> & Partial<Record<'functionName' | 'versionId' | 'requestId', string | null>>): LineRow {
  const { number, time, level } = line
  return { number, time, level, functionName, versionId, requestId, message: decode(message), fields: decode(fields) }
}
