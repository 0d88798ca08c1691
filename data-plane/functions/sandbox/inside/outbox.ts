import { now, slice, stringifyJson } from './primordials.ts'
import { bodyKinds } from '../../body-kinds.ts'
import type { Description } from './describe.ts'

/** What the harness hands to the sandbox process; the numbers are the first of an entry's six (see `Outbox.take`). */
export const outKinds = {
  text: 0, bytes: 1, failed: 2, log: 3, head: 4, chunk: 5, chunkBytes: 6, end: 7, request: 8, requestRoom: 9, requestChunk: 10, requestEnd: 11, requestAbort: 12, kv: 13, variable: 14
} as const

/** What an outbound request sends. */
export const requestBodies = { none: 0, text: 1, bytes: 2, stream: 3 } as const

export const failures = { failed: 0, resultInvalid: 1, bodyInvalid: 2, responseTooLarge: 3 } as const
export const levels = { debug: 0, info: 1, warn: 2, error: 3 } as const

const chunkUnits = 1024 * 1024
const maxMessageUnits = 8_192
const maxFieldsUnits = 8_192
/** Log text that waits for the next crossing; a flood is cut here, before it takes anybody's memory. */
const maxPendingLogUnits = 256 * 1024

class Chunk {
  entries = ''
  data = ''
  next: Chunk | null = null
}

/** Everything that leaves the isolate: text only, in pieces that the process can swallow, built without calling a single method. */
export class Outbox {
  #first = new Chunk()
  #last = this.#first
  #pendingLogUnits = 0
  #droppedLines = 0
  #taken = ''

  /** A call's answer: `first` is the headers as JSON (or empty), `second` the body. */
  result (call: number, status: number, bodyKind: number, headers: string, body: string): void {
    this.#add(outKinds.text, call, status, bodyKind, headers, body)
  }

  /** Bytes do not leave as text: `parcel` says by which name the process can fetch them. Here and below. */
  bytesResult (call: number, status: number, bodyKind: number, headers: string, parcel: string): void {
    this.#add(outKinds.bytes, call, status, bodyKind, headers, parcel)
  }

  /** An answer whose body follows in chunks. */
  head (call: number, status: number, headers: string): void {
    this.#add(outKinds.head, call, status, bodyKinds.stream, headers, '')
  }

  chunk (call: number, text: string): void {
    this.#add(outKinds.chunk, call, 0, 0, '', text)
  }

  chunkBytes (call: number, parcel: string): void {
    this.#add(outKinds.chunkBytes, call, 0, 0, '', parcel)
  }

  end (call: number): void {
    this.#add(outKinds.end, call, 0, 0, '', '')
  }

  /** @param body one of `requestBodies` @param content text, or a parcel */
  request (call: number, id: number, body: number, head: string, content: string): void {
    this.#add(outKinds.request, call, id, body, head, content)
  }

  requestRoom (id: number, bytes: number): void {
    this.#add(outKinds.requestRoom, 0, id, bytes, '', '')
  }

  requestChunk (id: number, parcel: string): void {
    this.#add(outKinds.requestChunk, 0, id, 0, '', parcel)
  }

  requestEnd (id: number): void {
    this.#add(outKinds.requestEnd, 0, id, 0, '', '')
  }

  requestAbort (id: number): void {
    this.#add(outKinds.requestAbort, 0, id, 0, '', '')
  }

  /** @param text JSON of a `KvOperation` */
  kv (call: number, id: number, text: string): void {
    this.#add(outKinds.kv, call, id, 0, text, '')
  }

  /** A variable was read, or looked for where there is none. */
  variable (name: string, isThere: boolean): void {
    this.#add(outKinds.variable, 0, isThere ? 1 : 0, 0, name, '')
  }

  failed (call: number, failure: number): void {
    this.#add(outKinds.failed, call, failure, 0, '', '')
  }

  log (call: number, level: number, message: string, fields: string): void {
    const text = cutMessage(message)
    const kept = cutFields(fields)
    this.#pendingLogUnits += text.length + kept.length + 100
    if (this.#pendingLogUnits > maxPendingLogUnits) {
      this.#droppedLines++
      return
    }
    this.#add(outKinds.log, call, level, now(), text, kept)
  }

  /** An error for the owner's log. The stack has positions in the bundle; the process maps them. */
  logError (call: number, message: string, error: Description): void {
    this.log(call, levels.error, message, stringifyJson({ __proto__: null, errorName: error.name, errorMessage: error.message, stack: error.stack }))
  }

  /**
   * The next piece: `<more>,<alarm>,<current>` and six numbers for each entry (kind, call, two of the kind's own, UTF-16 units of its
   * two texts), all divided by commas, then a line feed, then the texts. `again` asks for the last piece once more, because a crossing
   * may end with an exception after the piece was made.
   */
  take (alarm: number, current: number, again: boolean): string {
    if (again) return this.#taken
    if (this.#droppedLines > 0) {
      const lines = this.#droppedLines
      this.#droppedLines = 0
      this.#add(outKinds.log, 0, levels.warn, now(), `${lines} further lines were dropped: too much was logged at once.`, '')
    }
    this.#pendingLogUnits = 0
    const chunk = this.#first
    if (chunk.next === null) this.#last = this.#first = new Chunk()
    else this.#first = chunk.next
    this.#taken = `${chunk.next === null ? 0 : 1},${alarm},${current}${chunk.entries}\n${chunk.data}`
    return this.#taken
  }

  #add (kind: number, call: number, a: number, b: number, first: string, second: string): void {
    let chunk = this.#last
    if (chunk.data.length + first.length + second.length > chunkUnits && chunk.entries !== '') {
      chunk = this.#last = chunk.next = new Chunk()
    }
    chunk.entries += `,${kind},${call},${a},${b},${first.length},${second.length}`
    chunk.data += first + second
  }
}

/** What is kept of a log line's message, and of its fields. */
export function cutMessage (message: string): string {
  return slice(message, 0, maxMessageUnits)
}

export function cutFields (fields: string): string {
  return fields.length <= maxFieldsUnits ? fields : '{"truncated":true}'
}
