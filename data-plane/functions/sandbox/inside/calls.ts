import type { FunctionLimits } from '#shared/function-limits.ts'
import type { LogLevel, RuntimeHost } from '../../runtime/scope.ts'
import { Answers } from './answers.ts'
import { abortRequest, Context, linesOf, type Identity } from './context.ts'
import { describe } from './describe.ts'
import { inKinds } from './in-kinds.ts'
import { KvGate } from './kv-gate.ts'
import { LiveCalls } from './live-calls.ts'
import { Outbound } from './outbound.ts'
import { failures, levels, type Outbox } from './outbox.ts'
import { Parcels } from './parcels.ts'
import { indirectEval, parseJson, reject, safeMap, slice } from './primordials.ts'
import { Results } from './result.ts'
import type { Web } from './web.ts'

type Handler = (context: Context) => unknown

/** The function and its calls. Every way in goes through a `try`, and tenant code runs nowhere else. */
export class Calls {
  readonly live = new LiveCalls()
  readonly #identity: Identity
  readonly #limits: FunctionLimits
  readonly #web: Web
  readonly #outbox: Outbox
  readonly #bodies = safeMap<number, ArrayBuffer>()
  readonly #parcels = new Parcels()
  readonly #answers: Answers
  readonly #outbound: Outbound
  readonly #kv: KvGate
  #handler: Handler = () => undefined
  /** Never read, but kept; see `#standBeforeRejections`. */
  decoy: Promise<never> | undefined

  constructor (identity: Identity, limits: FunctionLimits, web: Web, outbox: Outbox) {
    this.#identity = identity
    this.#limits = limits
    this.#web = web
    this.#outbox = outbox
    this.#answers = new Answers(this.live, web, outbox, new Results(outbox, this.#parcels, limits), this.#parcels)
    this.#outbound = new Outbound(outbox, this.#parcels, () => this.live.owner())
    this.#kv = new KvGate(outbox, this.live)
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
      const call = kind <= inKinds.kv ? number : this.#outbound.callOf(number)
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
    this.#answers.finishTurn()
    this.#kv.finishTurn()
  }

  /** For the host's side of the globals; see `RuntimeHost`. */
  readonly fetch: RuntimeHost['fetch'] = (head, body, listener) => this.#outbound.fetch(head, body, listener)

  /** `console`: said by the call that runs; without one nobody knows whose line it is. */
  log (level: LogLevel, text: string): void {
    const number = levels[level] as number | undefined
    if (typeof text !== 'string' || number === undefined) return
    const call = this.live.running()
    const context = this.live.context(call)
    if (context === undefined) this.#outbox.log(call, number, text, '')
    else linesOf(context).write(number, text, '')
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
        case inKinds.window: return this.#answers.grant(number, parseJson(first) as number)
        case inKinds.kv: return this.#kv.answer(parseJson(first) as number, second)
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
    const context = new Context(this.#identity, this.#limits, this.#web, this.#outbox, this.#kv, call, head, body)
    this.live.begin(call, context)
    try {
      const handler = this.#handler
      this.#answers.settle(call, handler(context))
    } catch (thrown) {
      this.#answers.fail(call, thrown)
    }
    this.live.current = 0
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
    this.#answers.cancel(call)
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
