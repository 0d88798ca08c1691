import type { LogLevel } from '../../runtime/scope.ts'
import { BodyInvalid, Context, type Identity } from './context.ts'
import { describe } from './describe.ts'
import { failures, levels, type Outbox } from './outbox.ts'
import { indirectEval, parseJson, reject, safeMap, slice } from './primordials.ts'
import { Results } from './result.ts'
import type { ConnectedWeb } from './web.ts'

export const inKinds = { call: 0, callWithBytes: 1, cancel: 2 } as const

type Handler = (context: Context) => unknown

/** The function and its calls. Every way in goes through a `try`, and tenant code runs nowhere else. */
export class Calls {
  /** The call whose synchronous part runs; 0: none. After a timeout it says who was running. */
  current = 0
  readonly #identity: Identity
  readonly #web: ConnectedWeb
  readonly #outbox: Outbox
  readonly #bodies = safeMap<number, ArrayBuffer>()
  readonly #results: Results
  /** Calls without an answer yet. */
  readonly #live = safeMap<number, true>()
  #liveCount = 0
  /** The sum of the live calls' numbers: the number of the call, where it is the only one. */
  #liveSum = 0
  #handler: Handler = () => undefined
  /** Never read, but kept; see `#standBeforeRejections`. */
  decoy: Promise<never> | undefined

  constructor (identity: Identity, web: ConnectedWeb, outbox: Outbox) {
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
    this.#live.set(call, true)
    this.#liveCount++
    this.#liveSum += call
    this.current = call
    try {
      const handler = this.#handler
      const value = handler(new Context(this.#identity, this.#web, this.#outbox, call, head, body))
      if (isThenable(value)) void this.#settle(call, value)
      else this.#finish(call, value)
    } catch (thrown) {
      this.#fail(call, thrown)
    }
    this.current = 0
  }

  /** `await` looks at no prototype that tenant code could have changed, other than the value's own. */
  async #settle (call: number, promise: unknown): Promise<void> {
    let value
    try {
      value = await promise
    } catch (thrown) {
      return this.#fail(call, thrown)
    }
    this.current = call
    this.#finish(call, value)
    this.current = 0
  }

  #finish (call: number, value: unknown): void {
    if (!this.#end(call)) return
    try {
      this.#results.answer(call, value)
    } catch (thrown) {
      this.#outbox.logError(call, 'What the function returned cannot be read.', describe(thrown))
      this.#outbox.failed(call, failures.resultInvalid)
    }
  }

  #fail (call: number, thrown: unknown): void {
    if (!this.#end(call)) return
    if (BodyInvalid.is(thrown)) return this.#outbox.failed(call, failures.bodyInvalid)
    this.#outbox.logError(call, 'The function threw.', describe(thrown))
    this.#outbox.failed(call, failures.failed)
  }

  #failStart (message: string, thrown: unknown): void {
    if (thrown === undefined) this.#outbox.log(0, levels.error, message, '')
    else this.#outbox.logError(0, message, describe(thrown))
    this.#outbox.failed(0, failures.failed)
  }

  #cancel (call: number): void {
    this.#end(call)
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
