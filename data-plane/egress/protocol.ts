import { FrameError, type FrameWriter } from '../functions/frames.ts'
import { egressErrorCodes, EgressError, type EgressErrorCode } from './errors.ts'
import type { EgressResponse } from './fetch.ts'
import type { RequestLimits } from './limits.ts'
import type { EgressRequestHead, HeaderPair } from './request.ts'

/**
 * What sandboxes and the egress say to each other over a Unix socket, in the frames of `functions/frames.ts`. The id is the request's, and
 * never used twice on a connection. A request is REQUEST, then REQUEST_CHUNKs and REQUEST_END where it has a body; it is answered by
 * RESPONSE, RESPONSE_CHUNKs and RESPONSE_END, or by ERROR at any point. After RESPONSE_END, ERROR or ABORT the id means nothing; what was
 * on its way then is ignored.
 *
 * Chunks have to be paid for: each side may send `windowBytes` worth of them (`chunkCost`) for a request, and more as the other side says
 * with WINDOW that it has passed them on. So neither ever holds more than that, whoever reads slowly.
 */
export const egressFrameTypes = {
  /** JSON of an `EgressRequestHead`. */
  request: 32,
  requestChunk: 33,
  requestEnd: 34,
  /** The answer is not wanted any more. */
  abort: 35,
  /** u32 of cost that may be sent in addition; both ways. */
  window: 36,
  /** JSON of a `ResponseHead`. */
  response: 40,
  responseChunk: 41,
  responseEnd: 42,
  /** JSON of code and message. */
  error: 43
} as const

export const windowBytes = 256 * 1024
/** Of the body, in one chunk. */
export const maxChunkBytes = 32 * 1024
/** A head as JSON; it also bounds every frame. */
export const maxHeadBytes = 256 * 1024

export type ResponseHead = Omit<EgressResponse, 'body'> & { hasBody: boolean }

export function writeJson (writer: FrameWriter, type: number, id: number, value: EgressRequestHead | ResponseHead | { code: string, message: string }): void {
  writer.begin(type, id)
  writer.text(JSON.stringify(value))
  writer.finish()
}

export function writeChunk (writer: FrameWriter, type: number, id: number, chunk: Uint8Array): void {
  writer.begin(type, id)
  writer.bytes(chunk)
  writer.finish()
}

export function writeWindow (writer: FrameWriter, id: number, cost: number): void {
  writer.begin(egressFrameTypes.window, id)
  writer.u32(cost)
  writer.finish()
}

export function writeEmpty (writer: FrameWriter, type: number, id: number): void {
  writer.begin(type, id)
  writer.finish()
}

/** @throws {FrameError} */
export function readWindow (payload: Buffer): number {
  if (payload.length !== 4) throw new FrameError('A window has 4 bytes')
  return payload.readUInt32BE(0)
}

/** Checks the shape alone; what the tenant has chosen in it is checked where it is used. @throws {FrameError} */
export function readRequestHead (payload: Buffer): EgressRequestHead {
  const { tenant, method, url, headers, redirect, body, limits } = readObject(payload)
  if (typeof tenant !== 'string' || typeof method !== 'string' || typeof url !== 'string' || !isHeaders(headers) || !isRedirectMode(redirect) ||
    !isBody(body) || !isLimits(limits)) throw new FrameError('The head of a request has not its shape')
  return { tenant, method, url, headers, redirect, body, ...(limits && { limits }) }
}

/** @throws {FrameError} */
export function readResponseHead (payload: Buffer): ResponseHead {
  const head = readObject(payload)
  if (typeof head.status !== 'number' || !isHeaders(head.headers)) throw new FrameError('The head of a response has not its shape')
  return head as unknown as ResponseHead
}

/** @throws {FrameError} */
export function readError (payload: Buffer): EgressError {
  const { code, message } = readObject(payload)
  if (!egressErrorCodes.includes(code as EgressErrorCode) || typeof message !== 'string') throw new FrameError('An error has not its shape')
  return new EgressError(code as EgressErrorCode, message)
}

function readObject (payload: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(payload.toString('utf8'))
  } catch (cause) {
    throw new FrameError('A head is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FrameError('A head is not an object')
  return value as Record<string, unknown>
}

function isHeaders (value: unknown): value is HeaderPair[] {
  return Array.isArray(value) && value.every(pair => Array.isArray(pair) && pair.length === 2 && pair.every(text => typeof text === 'string'))
}

function isRedirectMode (value: unknown): value is EgressRequestHead['redirect'] {
  return value === 'follow' || value === 'error' || value === 'manual'
}

function isBody (value: unknown): value is EgressRequestHead['body'] {
  if (value === null) return true
  return typeof value === 'object' && 'length' in value && (value.length === null || isCount(value.length))
}

const limitNames: readonly string[] = [
  'headersTimeoutMs', 'idleTimeoutMs', 'totalTimeoutMs', 'maxRequestBytes', 'maxResponseBytes', 'maxRedirects'
] satisfies Array<keyof RequestLimits>

function isLimits (value: unknown): value is Partial<RequestLimits> | undefined {
  if (value === undefined) return true
  return typeof value === 'object' && value !== null && Object.entries(value).every(([name, limit]) => limitNames.includes(name) && isCount(limit))
}

function isCount (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
