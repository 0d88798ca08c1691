import { kvKeyFault, kvLimits, kvPrefixFault, type KvAnswer, type KvOperation } from '#shared/kv.ts'
import { FrameError, frameTypes, type FrameWriter } from './frames.ts'
import { listCost } from './kv-flow.ts'

/** A value stands in a text in a text, where quotes and backslashes take two bytes. */
const maxOperationBytes = 2 * (kvLimits.valueBytes + kvLimits.keyBytes) + 1_000

/** @param ticket by which the sandbox knows the operation @param text JSON of a `KvOperation` */
export function writeKv (writer: FrameWriter, call: number, ticket: number, text: string): void {
  writer.begin(frameTypes.kv, call)
  writer.u32(ticket)
  writer.text(text)
  writer.finish()
}

/** @throws {FrameError} for anything that is no operation */
export function readKv (payload: Buffer): { ticket: number, operation: KvOperation } {
  if (payload.length < 4 || payload.length - 4 > maxOperationBytes) throw new FrameError(`An operation on a key-value store cannot have ${payload.length} bytes`)
  const operation = parseKvOperation(payload.toString('utf8', 4))
  if (operation === null) throw new FrameError('An operation on a key-value store has the wrong shape')
  return { ticket: payload.readUInt32BE(0), operation }
}

export function writeKvAnswer (writer: FrameWriter, call: number, handle: number, ticket: number, answer: KvAnswer): void {
  writer.begin(frameTypes.kvAnswer, call)
  writer.u32(handle)
  writer.u32(ticket)
  writer.text(JSON.stringify(answer))
  writer.finish()
}

export function readKvAnswer (payload: Buffer): { handle: number, ticket: number, text: string } {
  return { handle: payload.readUInt32BE(0), ticket: payload.readUInt32BE(4), text: payload.toString('utf8', 8) }
}

/** What it counts for while it is under way; see `kvWindow`. */
export function kvCost (operation: KvOperation): number {
  return operation.op === 'list' ? listCost(operation.limit) : 1
}

/** Reads what tenant code has had in its hands. `null`: it is no operation, or one that is beyond the limits of a single one. */
export function parseKvOperation (text: string): KvOperation | null {
  const operation = text.length > maxOperationBytes ? null : parseObject(text)
  if (operation === null) return null
  const { op, key, value, ttlSeconds, version, by, prefix, limit, after } = operation
  switch (op) {
    case 'list': return isPrefix(prefix) && isInteger(limit, 1, kvLimits.listKeys) && (after === null || isKey(after)) ? { op, prefix, limit, after } : null
    case 'get': return isKey(key) ? { op, key } : null
    case 'delete': return isKey(key) && version === null ? { op, key, version } : null
    case 'set': return isKey(key) && isValue(value) && isTtl(ttlSeconds) ? { op, key, value, ttlSeconds } : null
    case 'increment': return isKey(key) && isInteger(by) && isTtl(ttlSeconds) ? { op, key, by, ttlSeconds } : null
    case 'compareAndSet':
      return isKey(key) && isVersion(version) && isValue(value) && isTtl(ttlSeconds) ? { op, key, version, value, ttlSeconds } : null
    default: return null
  }
}

function parseObject (text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : null
  } catch {
    return null
  }
}

function isKey (value: unknown): value is string {
  return typeof value === 'string' && kvKeyFault(value) === null
}

function isPrefix (value: unknown): value is string {
  return typeof value === 'string' && kvPrefixFault(value) === null
}

/** Whether it is JSON, the control plane looks; what it takes for no text at all would fail a whole batch. */
function isValue (value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) <= kvLimits.valueBytes && value.isWellFormed() && !value.includes('\0')
}

function isTtl (value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && value >= kvLimits.minTtlSeconds && value <= kvLimits.maxTtlSeconds)
}

function isVersion (value: unknown): value is number | null {
  return value === null || isInteger(value, 1)
}

function isInteger (value: unknown, least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}
