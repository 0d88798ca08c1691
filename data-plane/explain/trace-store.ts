import type { Exchange } from '../edge/exchange.ts'
import type { AccessEntry } from '../edge/record.ts'
import { Trace } from './trace.ts'

/** Traces that nobody uses; after a crowd of requests there would be as many as there were at once. */
const maxSpare = 1_024

/** Those of an end, the oldest first. */
class TraceQueue {
  bytes = 0
  first: Trace | null = null
  #last: Trace | null = null

  push (trace: Trace): void {
    if (this.#last === null) this.first = trace
    else this.#last.next = trace
    this.#last = trace
    this.bytes += trace.bytes
  }

  shift (): Trace | null {
    const trace = this.first
    if (trace === null) return null
    this.first = trace.next
    if (this.first === null) this.#last = null
    this.bytes -= trace.bytes
    return trace
  }
}

/** Of one environment. */
class EnvironmentTraces {
  readonly name: string
  readonly well = new TraceQueue()
  readonly badly = new TraceQueue()
  count = 0

  constructor (name: string) {
    this.name = name
  }

  get bytes (): number {
    return this.well.bytes + this.badly.bytes
  }

  push (trace: Trace): void {
    this.count++
    if (trace.status < 400) this.well.push(trace)
    else this.badly.push(trace)
  }

  /** What went wrong is asked for most: half of the room is for it, however much goes well. */
  shift (): Trace {
    this.count--
    return (this.badly.bytes > this.well.bytes ? this.badly : this.well).shift()!
  }

  * [Symbol.iterator] (): Generator<Trace> {
    for (const queue of [this.well, this.badly]) {
      for (let trace = queue.first; trace !== null; trace = trace.next) yield trace
    }
  }
}

/**
 * What the last requests of each environment have met, in memory and within a bound. Where there is no more room, the environment that has most
 * gives up its oldest. So who is busy pushes out nobody who is quiet.
 */
export class TraceStore {
  readonly #maxBytes: number
  /** The one that has come first is first. */
  readonly #environments = new Map<string, EnvironmentTraces>()
  readonly #spare: Trace[] = []
  #bytes = 0
  /** As far as is known: each that grows is compared with it, and of the others one at a time. */
  #largest: EnvironmentTraces | null = null
  #hand = this.#environments.values()

  constructor (maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes (): number {
    return this.#bytes
  }

  begin (requestId: string, revision: number): Trace {
    const trace = this.#spare.pop() ?? new Trace()
    trace.begin(requestId, revision)
    return trace
  }

  /** At the request's end: nothing is noted any more. */
  keep (exchange: Exchange, entry: AccessEntry): void {
    const { trace, environment } = exchange
    if (trace === null) return
    exchange.trace = null
    trace.end(exchange, entry)
    const traces = this.#of(environment!.routeName)
    traces.push(trace)
    this.#bytes += trace.bytes
    if (this.#largest === null || traces.bytes >= this.#largest.bytes) this.#largest = traces
    while (this.#bytes > this.#maxBytes) this.#forgetOne()
  }

  /** @param environment what logs call it */
  find (environment: string, requestId: string): Trace | null {
    return this.all(environment).find(trace => trace.requestId === requestId) ?? null
  }

  /** In no order. */
  all (environment: string): Trace[] {
    return [...this.#environments.get(environment) ?? []]
  }

  #of (name: string): EnvironmentTraces {
    const known = this.#environments.get(name)
    if (known !== undefined) return known
    const made = new EnvironmentTraces(name)
    this.#environments.set(name, made)
    return made
  }

  #forgetOne (): void {
    const victim = this.#victim()
    const trace = victim.shift()
    this.#bytes -= trace.bytes
    trace.clear()
    if (this.#spare.length < maxSpare) this.#spare.push(trace)
    if (victim.count > 0) return
    this.#environments.delete(victim.name)
    if (this.#largest === victim) this.#largest = null
  }

  #victim (): EnvironmentTraces {
    this.#compareNext()
    if (this.#largest !== null && this.#largest.count > 1) return this.#largest
    // There are more environments than there is room for one trace of each.
    const [first] = this.#environments.values()
    return first!
  }

  /** A few steps instead of a look at all of them, which may be ten thousand. */
  #compareNext (): void {
    const { value, done } = this.#hand.next()
    if (done === true) this.#hand = this.#environments.values()
    else if (this.#largest === null || value.bytes > this.#largest.bytes) this.#largest = value
  }
}
