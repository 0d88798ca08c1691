import type { BodyReader, LogLevel } from '../../runtime/scope.ts'
import { abortRequest, BodyInvalid, Context, type Identity } from './context.ts'
import { describe } from './describe.ts'
import { failures, levels, type Outbox } from './outbox.ts'
import { indirectEval, parseJson, promiseThen, reject, safeMap, slice, stringifyJson } from './primordials.ts'
import { isBinary, readAll, Results } from './result.ts'
import type { Web } from './web.ts'

export const inKinds = { call: 0, callWithBytes: 1, cancel: 2 } as const

type Handler = (context: Context) => unknown

/** The function and its calls. Every way in goes through a `try`, and tenant code runs nowhere else. */
export class Calls {
  /** The call whose synchronous part runs; 0: none. After a timeout it says who was running. */
  current = 0
  readonly #identity: Identity
  readonly #web: Web
  readonly #outbox: Outbox
  readonly #bodies = safeMap<number, ArrayBuffer>()
  readonly #results: Results
  /** Calls without an answer yet. */
  readonly #live = safeMap<number, Context>()
  #liveCount = 0
  /** The sum of the live calls' numbers: the number of the call, where it is the only one. */
  #liveSum = 0
  #handler: Handler = () => undefined
  /** Never read, but kept; see `#standBeforeRejections`. */
  decoy: Promise<never> | undefined

  constructor (identity: Identity, web: Web, outbox: Outbox) {
    this.#identity = identity
    this.#web = web
    this.#outbox = outbox
    this.#results = new Results(outbox, this.#bodies)
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
   * `index` is a JSON array of four numbers for each entry (kind, call, UTF-16 units of its head and of its body), `data` all those
   * texts one after another.
   */
  enter (index: string, data: string): void {
    this.#standBeforeRejections()
    const entries = parseJson(index) as number[]
    for (let i = 0, at = 0; i < entries.length; i += 4) {
      const call = entries[i + 1]!
      const bodyAt = at + entries[i + 2]!
      const end = bodyAt + entries[i + 3]!
      if (entries[i] === inKinds.cancel) this.#cancel(call)
      else this.#run(call, slice(data, at, bodyAt), entries[i] === inKinds.call ? bodyAt === end ? null : slice(data, bodyAt, end) : this.takeBody(call) ?? null)
      at = end
    }
  }

  /** Wakes the function's timers. */
  wake (): void {
    this.#standBeforeRejections()
    this.#web.wake()
  }

  receive (call: number, body: ArrayBuffer): void {
    this.#bodies.set(call, body)
  }

  takeBody (call: number): ArrayBuffer | undefined {
    const body = this.#bodies.get(call)
    this.#bodies.delete(call)
    return body
  }

  /** `console`: said by the call that runs, or by the only one there is; otherwise nobody knows whose line it is. */
  log (level: LogLevel, text: string): void {
    const number = levels[level] as number | undefined
    if (typeof text === 'string' && number !== undefined) this.#outbox.log(this.current === 0 && this.#liveCount === 1 ? this.#liveSum : this.current, number, text, '')
  }

  #run (call: number, head: string, body: string | ArrayBuffer | null): void {
    const context = new Context(this.#identity, this.#web, this.#outbox, call, head, body)
    this.#live.set(call, context)
    this.#liveCount++
    this.#liveSum += call
    this.current = call
    try {
      const handler = this.#handler
      const value = handler(context)
      if (isThenable(value)) this.#settle(call, value)
      else this.#finish(call, value)
    } catch (thrown) {
      this.#fail(call, thrown)
    }
    this.current = 0
  }

  #settle (call: number, promise: unknown): void {
    const fulfilled = (value: unknown): void => {
      this.current = call
      this.#finish(call, value)
      this.current = 0
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
    if (this.#live.get(call) === undefined) return
    try {
      if (this.#web.isResponse(value)) return this.#respond(call, value as object)
      this.#end(call)
      this.#results.answer(call, value)
    } catch (thrown) {
      this.#refuse(call, thrown)
    }
  }

  #respond (call: number, response: object): void {
    const { status, headers, body } = this.#web.readResponse(response)
    const headersText = stringifyJson(headers)
    if (typeof body === 'object' && body !== null && !isBinary(body)) {
      void this.#collect(call, status, headersText, body as BodyReader)
      return
    }
    this.#end(call)
    this.#results.respond(call, status, headersText, body as string | Uint8Array | null)
  }

  /** A stream is answered when it has ended. */
  async #collect (call: number, status: number, headers: string, reader: BodyReader): Promise<void> {
    try {
      const body = await readAll(reader)
      this.#end(call)
      this.#results.respond(call, status, headers, body)
    } catch (thrown) {
      this.#refuse(call, thrown)
    }
  }

  #fail (call: number, thrown: unknown): void {
    // Throwing a response is a way to return one from deep inside.
    if (this.#web.isResponse(thrown)) return this.#finish(call, thrown)
    if (!this.#end(call)) return
    if (BodyInvalid.is(thrown)) return this.#outbox.failed(call, failures.bodyInvalid)
    this.#outbox.logError(call, 'The function threw.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
  }

  #refuse (call: number, thrown: unknown): void {
    this.#end(call)
    this.#outbox.logError(call, 'What the function returned cannot be read.', describe(thrown))
    this.#outbox.failed(call, failures.resultInvalid)
  }

  #failStart (message: string, thrown: unknown): void {
    if (thrown === undefined) this.#outbox.log(0, levels.error, message, '')
    else this.#outbox.logError(0, message, describe(thrown))
    this.#outbox.failed(0, failures.failed)
  }

  #cancel (call: number): void {
    const context = this.#live.get(call)
    if (context === undefined) return
    this.#end(call)
    try {
      abortRequest(context)
    } catch (thrown) {
      this.#outbox.logError(0, 'A listener threw.', describe(thrown))
    }
  }

  /** false: it has ended before. */
  #end (call: number): boolean {
    if (this.#live.get(call) === undefined) return false
    this.#live.delete(call)
    this.#liveCount--
    this.#liveSum -= call
    return true
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
