import { maxBufferedBytes, type FunctionLimits } from '#shared/function-limits.ts'
import { bodyKinds } from '../../body-kinds.ts'
import { describe } from './describe.ts'
import { failures, type Outbox } from './outbox.ts'
import { binaryLength, isBinary, type Parcels } from './parcels.ts'
import { stringifyJson } from './primordials.ts'

/** Turns what a function returned into an answer. Whatever cannot be one is told to the owner, and the caller gets a failure. */
export class Results {
  readonly #outbox: Outbox
  readonly #parcels: Parcels
  readonly #maxBytes: number

  /** What is larger is not worth crossing the border; the process counts again, and exactly. */
  constructor (outbox: Outbox, parcels: Parcels, { maxResponseBytes }: FunctionLimits) {
    this.#maxBytes = maxResponseBytes < maxBufferedBytes ? maxResponseBytes : maxBufferedBytes
    this.#outbox = outbox
    this.#parcels = parcels
  }

  /** May run tenant code (`toJSON`, getters, proxies). */
  answer (call: number, value: unknown): void {
    switch (typeof value) {
      case 'undefined': return this.#outbox.result(call, 204, bodyKinds.none, '', '')
      case 'string': return this.text(call, 200, bodyKinds.text, '', value)
      case 'bigint':
      case 'function':
      case 'symbol': return this.refuse(call, `The function returned a ${typeof value}, which has no JSON form.`)
      case 'object':
        if (value !== null && isBinary(value)) return this.bytes(call, 200, bodyKinds.bytes, '', value)
        return this.#json(call, value)
      case 'boolean':
      case 'number': return this.#json(call, value)
    }
  }

  text (call: number, status: number, bodyKind: number, headers: string, body: string): void {
    if (body.length > this.#maxBytes) return this.#tooLarge(call)
    this.#outbox.result(call, status, bodyKind, headers, body)
  }

  bytes (call: number, status: number, bodyKind: number, headers: string, value: object): void {
    if (binaryLength(value) > this.#maxBytes) return this.#tooLarge(call)
    this.#outbox.bytesResult(call, status, bodyKind, headers, this.#parcels.put(value))
  }

  /** A web-standard response, taken apart. */
  respond (call: number, status: number, headers: string, body: string | Uint8Array | null): void {
    // `Response.error()` has the status 0; anything beyond is tampered with.
    if (!(status >= 200 && status <= 599)) return this.refuse(call, 'A network error is no response.')
    if (body === null || typeof body === 'string') this.text(call, status, bodyKinds.custom, headers, body ?? '')
    else this.bytes(call, status, bodyKinds.custom, headers, body)
  }

  refuse (call: number, detail: string): void {
    this.#outbox.log(call, 3, detail, '')
    this.#outbox.failed(call, failures.resultInvalid)
  }

  #json (call: number, value: unknown): void {
    let body: string | undefined
    try {
      body = stringifyJson(value)
    } catch (thrown) {
      const error = describe(thrown)
      this.#outbox.logError(call, `What the function returned has no JSON form: ${error.message}`, error)
      this.#outbox.failed(call, failures.resultInvalid)
      return
    }
    if (typeof body !== 'string') return this.refuse(call, 'What the function returned has no JSON form: its toJSON method gave nothing.')
    this.text(call, 200, bodyKinds.json, '', body)
  }

  #tooLarge (call: number): void {
    this.#outbox.failed(call, failures.responseTooLarge)
  }
}
