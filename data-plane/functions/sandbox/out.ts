import { bodyKinds } from '../body-kinds.ts'
import { failureCodes, logLevels, type FailureCode, type LogLevel } from '../messages.ts'
import { outKinds, requestBodies } from './inside/outbox.ts'

/** One piece of what the harness hands out. Everything in it was within reach of tenant code, so nothing is taken on trust. */
export interface Piece {
  more: boolean
  /** Milliseconds until the isolate wants to be woken; -1: never. */
  alarmMs: number
  /** The call whose synchronous part runs; 0: none. */
  current: number
  entries: Entry[]
}

/** `parcel` is the name of bytes that the process can fetch. */
export type Entry =
  | { kind: 'text', call: number, status: number, bodyKind: number, headers: string, body: string }
  | { kind: 'bytes', call: number, status: number, bodyKind: number, headers: string, parcel: number }
  | { kind: 'failed', call: number, code: FailureCode }
  | { kind: 'log', call: number, level: LogLevel, time: number, message: string, fields: string }
  | { kind: 'head', call: number, status: number, headers: string }
  | { kind: 'chunk', call: number, text: string }
  | { kind: 'chunk-bytes', call: number, parcel: number }
  | { kind: 'end', call: number }
  | { kind: 'kv', call: number, id: number, text: string }
  | { kind: 'variable', name: string, isThere: boolean }
  | OutboundEntry

/** Of outbound requests, which the isolate numbers. */
export type OutboundEntry =
  | { kind: 'request', call: number, id: number, body: RequestBody, head: string, content: string, parcel: number }
  | { kind: 'request-room', id: number, bytes: number }
  | { kind: 'request-chunk', id: number, parcel: number }
  | { kind: 'request-end', id: number }
  | { kind: 'request-abort', id: number }

export type RequestBody = keyof typeof requestBodies

const failures: FailureCode[] = ['function_failed', 'function_result_invalid', 'body_invalid', 'function_response_too_large']

/** `null`: this is nothing that the harness writes. */
export function parsePiece (text: string): Piece | null {
  const end = text.indexOf('\n')
  const numbers = parseNumbers(text.slice(0, end))
  if (numbers === null || numbers.length % 6 !== 3) return null
  const entries: Entry[] = []
  let at = end + 1
  for (let i = 3; i < numbers.length; i += 6) {
    const secondAt = at + numbers[i + 4]!
    const entryEnd = secondAt + numbers[i + 5]!
    if (entryEnd > text.length) return null
    const entry = toEntry(numbers, i, text.slice(at, secondAt), text.slice(secondAt, entryEnd))
    if (entry === null) return null
    entries.push(entry)
    at = entryEnd
  }
  return { more: numbers[0] === 1, alarmMs: numbers[1]!, current: numbers[2]!, entries }
}

function parseNumbers (text: string): number[] | null {
  if (!/^-?\d+(?:,-?\d+)+$/.test(text)) return null
  const numbers = JSON.parse(`[${text}]`) as number[]
  // Lengths, statuses and ids; only the alarm may be -1, which no sum below minds.
  return numbers.every((value, index) => Number.isSafeInteger(value) && (value >= 0 || (index === 1 && value === -1))) ? numbers : null
}

function toEntry (numbers: number[], i: number, first: string, second: string): Entry | null {
  const call = numbers[i + 1]!
  const a = numbers[i + 2]!
  const b = numbers[i + 3]!
  const isResult = a >= 200 && a <= 599 && b <= bodyKinds.custom
  switch (numbers[i]!) {
    case outKinds.text: return !isResult ? null : { kind: 'text', call, status: a, bodyKind: b, headers: first, body: second }
    case outKinds.bytes: return !isResult ? null : { kind: 'bytes', call, status: a, bodyKind: b, headers: first, parcel: Number(second) }
    case outKinds.failed: return { kind: 'failed', call, code: failures[a] ?? failureCodes[0] }
    case outKinds.log: return { kind: 'log', call, level: logLevels[a] ?? 'info', time: b, message: first, fields: second }
    case outKinds.head: return a < 200 || a > 599 ? null : { kind: 'head', call, status: a, headers: first }
    case outKinds.chunk: return { kind: 'chunk', call, text: second }
    case outKinds.chunkBytes: return { kind: 'chunk-bytes', call, parcel: Number(second) }
    case outKinds.end: return { kind: 'end', call }
    case outKinds.kv: return { kind: 'kv', call, id: a, text: first }
    case outKinds.variable: return { kind: 'variable', name: first, isThere: a === 1 }
    case outKinds.request: return toRequest(call, a, b, first, second)
    case outKinds.requestRoom: return { kind: 'request-room', id: a, bytes: b }
    case outKinds.requestChunk: return { kind: 'request-chunk', id: a, parcel: Number(second) }
    case outKinds.requestEnd: return { kind: 'request-end', id: a }
    case outKinds.requestAbort: return { kind: 'request-abort', id: a }
    default: return null
  }
}

const requestBodyNames = Object.keys(requestBodies) as RequestBody[]

function toRequest (call: number, id: number, bodyNumber: number, head: string, content: string): OutboundEntry | null {
  const body = requestBodyNames.find(name => requestBodies[name] === bodyNumber)
  return body === undefined ? null : { kind: 'request', call, id, body, head, content, parcel: Number(content) }
}
