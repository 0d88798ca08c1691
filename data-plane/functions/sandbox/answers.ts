import { bodyKinds, maxResultBytes } from '../body-kinds.ts'
import { bodyWindow, chunkCost } from '../body-flow.ts'
import type { FailureCode } from '../messages.ts'
import type { Entry, OutboundEntry } from './out.ts'

export type AnswerEntry = Exclude<Entry, OutboundEntry | { kind: 'log' }>

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
}

/**
 * Passes an entry on, after a last look: the harness has seen to all this, but was within reach of tenant code.
 * @returns whether the call is over
 */
export function passAnswer (call: Answered, entry: AnswerEntry, fetchParcel: (name: number) => ArrayBuffer | null, tellOwner: (message: string) => void): boolean {
  const { caller, id } = call
  switch (entry.kind) {
    case 'failed':
      caller.failed(id, entry.code)
      return true
    case 'text': return passWhole(call, entry, entry.body, tellOwner)
    case 'bytes': return passWhole(call, entry, fetchParcel(entry.parcel), tellOwner)
    case 'head':
      call.isStreaming = true
      call.credit = bodyWindow
      caller.result(id, entry.status, bodyKinds.stream, entry.headers, '')
      return false
    case 'chunk': return passChunk(call, entry.text)
    case 'chunk-bytes': return passChunk(call, fetchParcel(entry.parcel))
    case 'end':
      if (call.isStreaming) caller.end(id)
      else caller.failed(id, 'function_failed')
      return true
  }
}

function passWhole ({ caller, id }: Answered, { status, bodyKind, headers }: AnswerEntry & { kind: 'text' | 'bytes' }, body: string | ArrayBuffer | null, tellOwner: (message: string) => void): boolean {
  const size = typeof body === 'string' ? textBytes(body) : body?.byteLength ?? Infinity
  if (size > maxResultBytes) {
    tellOwner(`The result is larger than ${maxResultBytes} bytes.`)
    caller.failed(id, 'function_result_invalid')
  } else {
    caller.result(id, status, bodyKind, headers, typeof body === 'string' ? body : new Uint8Array(body!))
  }
  return true
}

function passChunk (call: Answered, chunk: string | ArrayBuffer | null): boolean {
  if (chunk !== null && call.isStreaming) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : new Uint8Array(chunk)
    call.credit -= chunkCost(bytes.length)
    if (call.credit >= 0) {
      call.caller.chunk(call.id, bytes)
      return false
    }
  }
  call.caller.failed(call.id, 'function_failed')
  return true
}

/** Exactly only where it matters. */
function textBytes (text: string): number {
  return text.length * 3 <= maxResultBytes ? text.length : Buffer.byteLength(text)
}
