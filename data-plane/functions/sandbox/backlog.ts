import type { Call, CallTable } from './call.ts'
import type { Stop } from './engine.ts'
import { Updates, type Crossing } from './updates.ts'

/** A crossing takes as many calls as it is expected to finish in this part of the longest turn: they are all ended together where it takes longer. */
const goalPart = 1 / 50
const maxBatch = 64

/** What waits to cross into an isolate: calls, and what is new for those that have begun. */
export class Backlog {
  readonly updates = new Updates()
  readonly #goalMs: number
  #queue: Call[] = []
  #alone: boolean
  #isCallsTurn = false
  /** Expected processor time of a call; high until measured, so the first crossing takes one. */
  #costMs: number

  /**
   * @param alone whether each crossing is for one call alone. Then all that runs in it is that call's, also after an `await`, which is
   *   the only way to tell whose outbound requests they are.
   */
  constructor (alone: boolean, turnMs: number) {
    this.#alone = alone
    this.#costMs = this.#goalMs = turnMs * goalPart
  }

  get isEmpty (): boolean { return this.#queue.length === 0 && this.updates.size === 0 }

  /** From now on each crossing is for one call alone. */
  separate (): void {
    this.#alone = true
  }

  add (call: Call): void {
    this.#queue.push(call)
  }

  drop (call: Call): void {
    this.#queue = this.#queue.filter(queued => queued !== call)
  }

  /** The calls that cross next. */
  next (): Call[] {
    return this.#queue.splice(0, this.#batchSize())
  }

  /** How long so many calls took together. */
  learn (calls: number, elapsedMs: number): void {
    if (calls > 0) this.#costMs = (this.#costMs + elapsedMs / calls) / 2
  }

  /** Writes what is new for calls that have begun. Returns those that are still open, or why the isolate can be used no more. */
  writeUpdates (crossing: Crossing, batch: Call[], calls: CallTable): Call[] | Stop {
    if (this.updates.size === 0 || (this.#alone && batch.length > 0)) return []
    const numbers = this.updates.write(crossing, this.#alone)
    return Array.isArray(numbers) ? numbers.flatMap(number => calls.get(number) ?? []) : numbers
  }

  /** Calls and what is new of others take turns where they cannot cross together. */
  #batchSize (): number {
    if (!this.#alone) return Math.max(1, Math.min(maxBatch, Math.floor(this.#goalMs / this.#costMs)))
    this.#isCallsTurn = !this.#isCallsTurn
    return this.#isCallsTurn || this.updates.size === 0 ? 1 : 0
  }
}
