import { maxBufferedBytes, type FunctionLimits } from '#shared/function-limits.ts'
import { bodyKinds, maxHeadersUnits } from '../body-kinds.ts'
import { bodyWindow, chunkCost } from '../body-flow.ts'
import type { FailureCode } from '../messages.ts'
import type { Entry, OutboundEntry } from './out.ts'

export type AnswerEntry = Exclude<Entry, OutboundEntry | { kind: 'log' | 'kv' | 'variable' }>

/** Where an answer goes. */
export interface AnswerSink {
  result: (id: number, status: number, bodyKind: number, headers: string, body: string | Uint8Array) => void
  chunk: (id: number, chunk: Uint8Array) => void
  end: (id: number) => void
  failed: (id: number, code: FailureCode) => void
}

/** The answer to one call, as far as it has been given. */
export interface Answered {
  id: number
  caller: AnswerSink
  /** What may still be sent of a body that streams. */
  credit: number
  /** The head has been sent, and the body follows. */
  isStreaming: boolean
  /** Of a body that streams. */
  sentBytes: number
}

/** `too-large`, `unreadable`: the call is to be failed, and its owner told. */
export type Outcome = 'open' | 'over' | 'too-large' | 'unreadable'

type Parcels = (name: number) => ArrayBuffer | null

/** Passes an entry on, after a last look: the harness has seen to all this, but was within reach of tenant code. */
export function passAnswer (call: Answered, entry: AnswerEntry, fetchParcel: Parcels, { maxResponseBytes }: FunctionLimits): Outcome {
  const { caller, id } = call
  if ('headers' in entry && entry.headers.length > maxHeadersUnits) return 'unreadable'
  switch (entry.kind) {
    case 'failed':
      if (entry.code === 'function_response_too_large') return 'too-large'
      caller.failed(id, entry.code)
      return 'over'
    case 'text': return passWhole(call, entry, entry.body, maxResponseBytes)
    case 'bytes': return passWhole(call, entry, fetchParcel(entry.parcel), maxResponseBytes)
    case 'head':
      call.isStreaming = true
      call.credit = bodyWindow
      caller.result(id, entry.status, bodyKinds.stream, entry.headers, '')
      return 'open'
    case 'chunk': return passChunk(call, entry.text, maxResponseBytes)
    case 'chunk-bytes': return passChunk(call, fetchParcel(entry.parcel), maxResponseBytes)
    case 'end':
      if (call.isStreaming) caller.end(id)
      else caller.failed(id, 'function_failed')
      return 'over'
  }
}

function passWhole ({ caller, id }: Answered, { status, bodyKind, headers }: AnswerEntry & { kind: 'text' | 'bytes' }, body: string | ArrayBuffer | null, maxResponseBytes: number): Outcome {
  if (body === null) return 'unreadable'
  const maxBytes = Math.min(maxResponseBytes, maxBufferedBytes)
  const size = typeof body === 'string' ? textBytes(body, maxBytes) : body.byteLength
  if (size > maxBytes) return 'too-large'
  caller.result(id, status, bodyKind, headers, typeof body === 'string' ? body : new Uint8Array(body))
  return 'over'
}

function passChunk (call: Answered, chunk: string | ArrayBuffer | null, maxResponseBytes: number): Outcome {
  if (chunk !== null && call.isStreaming) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : new Uint8Array(chunk)
    call.credit -= chunkCost(bytes.length)
    call.sentBytes += bytes.length
    if (call.sentBytes > maxResponseBytes) return 'too-large'
    if (call.credit >= 0) {
      call.caller.chunk(call.id, bytes)
      return 'open'
    }
  }
  call.caller.failed(call.id, 'function_failed')
  return 'over'
}

/** Exactly only where it matters. */
function textBytes (text: string, maxBytes: number): number {
  return text.length * 3 <= maxBytes ? text.length : Buffer.byteLength(text)
}
