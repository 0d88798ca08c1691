import type { BodyReader, LogLevel, RuntimeHost } from '../../runtime/scope.ts'
import { fromIterable, fromReader, isAsyncIterable } from './chunk-source.ts'
import { abortRequest, BodyInvalid, Context, type Identity } from './context.ts'
import { describe } from './describe.ts'
import { LiveCalls } from './live-calls.ts'
import { Outbound } from './outbound.ts'
import { failures, levels, type Outbox } from './outbox.ts'
import { isBinary, Parcels } from './parcels.ts'
import { indirectEval, parseJson, promiseThen, reject, safeMap, slice, stringifyJson } from './primordials.ts'
import { Results } from './result.ts'
import { Streams } from './streams.ts'
import type { Web } from './web.ts'

/**
 * What comes in, and what its two texts are. `call` and `callWithBytes`: head and body; `window`: what may be sent in addition. Of an
 * outbound request: `response` has head and body as text, `responseWithBytes` the head and a body that `receive` has brought,
 * `responseHead` the head of a body that comes in chunks, or of none where the second text is empty, `chunk` nothing, `fail` code and message.
 */
export const inKinds = {
  call: 0, callWithBytes: 1, cancel: 2, window: 3, response: 4, responseWithBytes: 5, responseHead: 6, chunk: 7, end: 8, fail: 9, pull: 10
} as const

type Handler = (context: Context) => unknown

/** Of an async iterable: whoever wants another type returns a `Response` of it. */
const iterableHeaders = '[["content-type","text/plain; charset=utf-8"]]'

/** The function and its calls. Every way in goes through a `try`, and tenant code runs nowhere else. */
export class Calls {
  readonly live = new LiveCalls()
  readonly #identity: Identity
  readonly #web: Web
  readonly #outbox: Outbox
  readonly #bodies = safeMap<number, ArrayBuffer>()
  readonly #parcels = new Parcels()
  readonly #results: Results
  readonly #streams: Streams
  readonly #outbound: Outbound
  #handler: Handler = () => undefined
  /** Never read, but kept; see `#standBeforeRejections`. */
  decoy: Promise<never> | undefined

  constructor (identity: Identity, web: Web, outbox: Outbox) {
    this.#identity = identity
    this.#web = web
    this.#outbox = outbox
    this.#results = new Results(outbox, this.#parcels)
    this.#outbound = new Outbound(outbox, this.#parcels, () => this.live.owner())
    this.#streams = new Streams(outbox, this.#parcels, {
      onEnd: call => this.live.end(call),
      onFailure: (call, thrown, isLate) => {
        if (isLate) this.#break(call, thrown)
        else this.#fail(call, thrown)
      },
      onUnwilling: thrown => outbox.logError(0, 'A stream that nobody wants any more threw.', describe(thrown))
    })
  }

  start (bundle: string): void {
    this.#standBeforeRejections()
    try {
      // An indirect eval is a script of its own, with a name: positions in stack traces are positions in the bundle.
      indirectEval(`${bundle}\n//# sourceURL=imprun:function`)
      const handler = (globalThis as { __imprunExports?: { default?: unknown } }).__imprunExports?.default
      if (typeof handler === 'function') this.#handler = handler as Handler
      else this.#failStart('The module has no default export that is a function.', undefined)
    } catch (thrown) {
      this.#failStart('The module threw while it was loaded.', thrown)
    }
  }

  /**
   * `index` is a JSON array of four numbers for each entry (kind, call or outbound request, UTF-16 units of its two texts), `data` all
   * those texts one after another; see `inKinds`.
   */
  enter (index: string, data: string): void {
    this.#standBeforeRejections()
    const entries = parseJson(index) as number[]
    let owner = 0
    for (let i = 0, at = 0; i < entries.length; i += 4) {
      const kind = entries[i]!
      const number = entries[i + 1]!
      const secondAt = at + entries[i + 2]!
      const end = secondAt + entries[i + 3]!
      const call = kind <= inKinds.window ? number : this.#outbound.callOf(number)
      this.live.subject = i === 0 || call === owner ? call : 0
      owner = this.live.subject
      const first = slice(data, at, secondAt)
      if (kind === inKinds.call) this.#run(call, first, secondAt === end ? null : slice(data, secondAt, end))
      else if (kind === inKinds.callWithBytes) this.#run(call, first, this.#takeBody(call) ?? null)
      else this.#continue(kind, number, first, slice(data, secondAt, end))
      at = end
    }
  }

  /** Wakes the function's timers. */
  wake (): void {
    this.#standBeforeRejections()
    this.live.subject = 0
    this.#web.wake()
  }

  receive (number: number, body: ArrayBuffer): void {
    this.#bodies.set(number, body)
  }

  takeParcel (name: number): ArrayBuffer | undefined {
    return this.#parcels.take(name)
  }

  /** What this turn leaves is about to be taken. */
  finishTurn (): void {
    this.#streams.releaseHeads()
  }

  /** For the host's side of the globals; see `RuntimeHost`. */
  readonly fetch: RuntimeHost['fetch'] = (head, body, listener) => this.#outbound.fetch(head, body, listener)

  /** `console`: said by the call that runs; without one nobody knows whose line it is. */
  log (level: LogLevel, text: string): void {
    const number = levels[level] as number | undefined
    if (typeof text === 'string' && number !== undefined) this.#outbox.log(this.live.running(), number, text, '')
  }

  #takeBody (number: number): ArrayBuffer | undefined {
    const body = this.#bodies.get(number)
    this.#bodies.delete(number)
    return body
  }

  /** Something for what has begun already. */
  #continue (kind: number, number: number, first: string, second: string): void {
    try {
      switch (kind) {
        case inKinds.cancel: return this.#cancel(number)
        case inKinds.window: return this.#streams.grant(number, parseJson(first) as number)
        case inKinds.response: return this.#outbound.respond(number, first, second)
        case inKinds.responseWithBytes: return this.#outbound.respond(number, first, this.#takeBody(-number) ?? '')
        case inKinds.responseHead: return this.#outbound.respond(number, first, second !== '')
        case inKinds.chunk: return this.#outbound.chunk(number, this.#takeBody(-number))
        case inKinds.end: return this.#outbound.end(number)
        case inKinds.fail: return this.#outbound.fail(number, first, second)
        case inKinds.pull: return this.#outbound.pull(number)
      }
    } catch (thrown) {
      // The globals lean on built-ins that tenant code may have broken.
      this.#outbox.logError(0, 'The function could not go on.', describe(thrown))
    }
  }

  #run (call: number, head: string, body: string | ArrayBuffer | null): void {
    const context = new Context(this.#identity, this.#web, this.#outbox, call, head, body)
    this.live.begin(call, context)
    try {
      const handler = this.#handler
      const value = handler(context)
      if (isThenable(value)) this.#settle(call, value)
      else this.#finish(call, value)
    } catch (thrown) {
      this.#fail(call, thrown)
    }
    this.live.current = 0
  }

  #settle (call: number, promise: unknown): void {
    const fulfilled = (value: unknown): void => {
      this.live.current = call
      this.#finish(call, value)
      this.live.current = 0
    }
    const rejected = (thrown: unknown): void => this.#fail(call, thrown)
    try {
      promiseThen(promise, fulfilled, rejected)
    } catch {
      // Some other thenable.
      void this.#adopt(promise, fulfilled, rejected)
    }
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
    if (!this.live.has(call)) return
    try {
      if (this.#web.isResponse(value)) return this.#respond(call, value as object)
      if (typeof value === 'object' && value !== null && isAsyncIterable(value)) {
        return this.#streams.send(call, 200, iterableHeaders, fromIterable(value))
      }
      this.live.end(call)
      this.#results.answer(call, value)
    } catch (thrown) {
      this.#refuse(call, thrown)
    }
  }

  #respond (call: number, response: object): void {
    const { status, headers, body } = this.#web.readResponse(response)
    const headersText = stringifyJson(headers)
    if (typeof body === 'object' && body !== null && !isBinary(body)) return this.#streams.send(call, status, headersText, fromReader(body as BodyReader))
    this.live.end(call)
    this.#results.respond(call, status, headersText, body as string | Uint8Array | null)
  }

  #fail (call: number, thrown: unknown): void {
    // Throwing a response is a way to return one from deep inside.
    if (this.#web.isResponse(thrown)) return this.#finish(call, thrown)
    if (!this.live.end(call)) return
    if (BodyInvalid.is(thrown)) return this.#outbox.failed(call, failures.bodyInvalid)
    this.#outbox.logError(call, 'The function threw.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
  }

  /** What has been sent cannot be taken back: the answer is cut off. */
  #break (call: number, thrown: unknown): void {
    this.#outbox.logError(call, 'The function threw while its response was being sent.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
    this.live.end(call)
  }

  #refuse (call: number, thrown: unknown): void {
    this.live.end(call)
    this.#outbox.logError(call, 'What the function returned cannot be read.', describe(thrown))
    this.#outbox.failed(call, failures.resultInvalid)
  }

  #failStart (message: string, thrown: unknown): void {
    if (thrown === undefined) this.#outbox.log(0, levels.error, message, '')
    else this.#outbox.logError(0, message, describe(thrown))
    this.#outbox.failed(0, failures.failed)
  }

  #cancel (call: number): void {
    const context = this.live.context(call)
    if (context === undefined) return
    this.live.end(call)
    try {
      abortRequest(context)
    } catch (thrown) {
      this.#outbox.logError(0, 'A listener threw.', describe(thrown))
    }
    this.#streams.cancel(call)
  }

  /**
   * At the end of a crossing isolated-vm copies the first unhandled rejection to the process, outside of every timeout, and reads
   * `message` and `stack` for it: a getter there would hold the process for ever. So the first one is always this, which has no
   * properties; the others are then forgotten. It has to stay reachable until then.
   */
  #standBeforeRejections (): void {
    this.decoy = reject()
  }
}

function isThenable (value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
