import { endOperations, type Context } from './context.ts'
import { safeMap } from './primordials.ts'

/** The calls that have no answer yet, and which of them it is that runs. */
export class LiveCalls {
  /** The call whose synchronous part runs; 0: none. After a timeout it says who was running. */
  current = 0
  /** The call for which this turn is, where it is for one alone: all that runs in it belongs to that call. */
  subject = 0
  readonly #contexts = safeMap<number, Context>()
  #count = 0
  /** The sum of their numbers: the number of the call, where it is the only one. */
  #sum = 0

  begin (call: number, context: Context): void {
    this.#contexts.set(call, context)
    this.#count++
    this.#sum += call
    this.current = call
  }

  context (call: number): Context | undefined {
    return this.#contexts.get(call)
  }

  has (call: number): boolean {
    return this.#contexts.get(call) !== undefined
  }

  /** false: it has ended before. */
  end (call: number): boolean {
    const context = this.context(call)
    if (context === undefined) return false
    this.#contexts.delete(call)
    this.#count--
    this.#sum -= call
    endOperations(context)
    return true
  }

  /** The call whose code runs, also one that has been answered; 0: nobody knows. */
  running (): number {
    if (this.current !== 0) return this.current
    if (this.subject !== 0) return this.subject
    return this.#count === 1 ? this.#sum : 0
  }

  /** The call whose code runs; 0: nobody knows, or it has been answered. */
  owner (): number {
    const call = this.running()
    return this.has(call) ? call : 0
  }
}
