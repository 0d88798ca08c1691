import { maxHeadersUnits } from '../../body-kinds.ts'
import type { BodyReader } from '../../runtime/scope.ts'
import { fromIterable, fromReader, isAsyncIterable } from './chunk-source.ts'
import { BodyInvalid } from './context.ts'
import { describe } from './describe.ts'
import type { LiveCalls } from './live-calls.ts'
import { failures, type Outbox } from './outbox.ts'
import { isBinary, type Parcels } from './parcels.ts'
import { promiseThen, stringifyJson } from './primordials.ts'
import type { Results } from './result.ts'
import { Streams } from './streams.ts'
import type { Web } from './web.ts'

/** Of an async iterable: whoever wants another type returns a `Response` of it. */
const iterableHeaders = '[["content-type","text/plain; charset=utf-8"]]'

/** What becomes of what a function returned or threw: exactly one answer to its call. */
export class Answers {
  readonly #live: LiveCalls
  readonly #web: Web
  readonly #outbox: Outbox
  readonly #results: Results
  readonly #streams: Streams

  constructor (live: LiveCalls, web: Web, outbox: Outbox, results: Results, parcels: Parcels) {
    this.#live = live
    this.#web = web
    this.#outbox = outbox
    this.#results = results
    this.#streams = new Streams(outbox, parcels, {
      onEnd: call => live.end(call),
      onFailure: (call, thrown, isLate) => {
        if (isLate) this.#break(call, thrown)
        else this.fail(call, thrown)
      },
      onUnwilling: thrown => outbox.logError(0, 'A stream that nobody wants any more threw.', describe(thrown))
    })
  }

  /** What this turn leaves is about to be taken. */
  finishTurn (): void {
    this.#streams.releaseHeads()
  }

  grant (call: number, cost: number): void {
    this.#streams.grant(call, cost)
  }

  cancel (call: number): void {
    this.#streams.cancel(call)
  }

  /** The function has returned. */
  settle (call: number, value: unknown): void {
    if (!isThenable(value)) return this.#finish(call, value)
    const fulfilled = (result: unknown): void => {
      this.#live.current = call
      this.#finish(call, result)
      this.#live.current = 0
    }
    const rejected = (thrown: unknown): void => this.fail(call, thrown)
    try {
      promiseThen(value, fulfilled, rejected)
    } catch {
      // Some other thenable.
      void this.#adopt(value, fulfilled, rejected)
    }
  }

  /** The function has thrown. */
  fail (call: number, thrown: unknown): void {
    // Throwing a response is a way to return one from deep inside.
    if (this.#web.isResponse(thrown)) return this.#finish(call, thrown)
    if (!this.#live.end(call)) return
    if (BodyInvalid.is(thrown)) return this.#outbox.failed(call, failures.bodyInvalid)
    this.#outbox.logError(call, 'The function threw.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
  }

  async #adopt (thenable: unknown, fulfilled: (value: unknown) => void, rejected: (thrown: unknown) => void): Promise<void> {
    let value
    try {
      value = await thenable
    } catch (thrown) {
      return rejected(thrown)
    }
    fulfilled(value)
  }

  #finish (call: number, value: unknown): void {
    if (!this.#live.has(call)) return
    try {
      if (this.#web.isResponse(value)) return this.#respond(call, value as object)
      if (typeof value === 'object' && value !== null && isAsyncIterable(value)) {
        return this.#streams.send(call, 200, iterableHeaders, fromIterable(value))
      }
      this.#live.end(call)
      this.#results.answer(call, value)
    } catch (thrown) {
      this.#refuse(call, thrown)
    }
  }

  #respond (call: number, response: object): void {
    const { status, headers, body } = this.#web.readResponse(response)
    const headersText = stringifyJson(headers)
    if (headersText.length > maxHeadersUnits) {
      this.#live.end(call)
      return this.#results.refuse(call, `The response's headers are larger than ${maxHeadersUnits} characters.`)
    }
    if (typeof body === 'object' && body !== null && !isBinary(body)) return this.#streams.send(call, status, headersText, fromReader(body as BodyReader))
    this.#live.end(call)
    this.#results.respond(call, status, headersText, body as string | Uint8Array | null)
  }

  /** What has been sent cannot be taken back: the answer is cut off. */
  #break (call: number, thrown: unknown): void {
    this.#outbox.logError(call, 'The function threw while its response was being sent.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
    this.#live.end(call)
  }

  #refuse (call: number, thrown: unknown): void {
    this.#live.end(call)
    this.#outbox.logError(call, 'What the function returned cannot be read.', describe(thrown))
    this.#outbox.failed(call, failures.resultInvalid)
  }
}

function isThenable (value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
