import type { SandboxLogLine } from '../messages.ts'
import type { Answered, AnswerSink } from './answers.ts'
import type { LogTarget } from './owner-log.ts'

/** Where answers go: the connection on which a call came, with the names it has there. */
export interface Caller extends AnswerSink {
  missing: (id: number) => void
  /** The function has read a variable, or looked for one that is not there: said once. */
  variable: (handle: number, name: string, isThere: boolean) => void
  log: (id: number, handle: number, line: SandboxLogLine) => void
  /** Something of the call is about to leave by another way; sent before this returns. */
  departed: (id: number) => void
  /** The call wants something of its key-value store. @param ticket what the answer will be known by @param text JSON of a `KvOperation` */
  kv: (id: number, ticket: number, text: string) => void
}

export interface IncomingCall {
  caller: Caller
  id: number
  handle: number
  /** Head and body in one text. */
  text: string
  headUnits: number
  /** The body, where it is not UTF-8; `text` is the head alone then. */
  bytes: Buffer | null
}

export interface Call extends IncomingCall, Answered {
  caller: Caller
  number: number
  started: boolean
  departed: boolean
  /** On its key-value store, since it began. */
  kvOperations: number
  cpuMs: number
  /** `performance.now()` from which on `cpuMs` counts, where it streams. */
  cpuSince: number
}

/** The calls of one isolate that have no answer yet. Numbers are given in the order in which they came. */
export class CallTable {
  readonly #calls = new Map<number, Call>()
  #nextNumber = 1
  #last: Call | undefined

  get size (): number { return this.#calls.size }

  add (incoming: IncomingCall): Call {
    const call = { ...incoming, number: this.#nextNumber++, started: false, departed: false, kvOperations: 0, credit: 0, isStreaming: false, sentBytes: 0, cpuMs: 0, cpuSince: 0 }
    this.#calls.set(call.number, call)
    this.#last = call
    return call
  }

  get (number: number): Call | undefined {
    return this.#calls.get(number)
  }

  /** One by its id, or all of a caller's. */
  find (caller: Caller, id: number | null): Call[] {
    const found: Call[] = []
    for (const call of this.#calls.values()) {
      if (call.caller !== caller || (id !== null && call.id !== id)) continue
      found.push(call)
      if (id !== null) break
    }
    return found
  }

  values (): IterableIterator<Call> {
    return this.#calls.values()
  }

  delete (number: number): void {
    this.#calls.delete(number)
  }

  clear (): void {
    this.#calls.clear()
  }

  /** Whom a line is for. One that belongs to no call that is known goes to whoever called last. */
  lineTarget (number: number): LogTarget | undefined {
    const call = this.#calls.get(number) ?? (number === 0 ? this.#calls.values().next().value : undefined)
    return call ?? (this.#last && { ...this.#last, id: 0 })
  }
}
