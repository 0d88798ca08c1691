import { Problem } from '#shared/errors.ts'
import type { Cancelable } from '../cancelable.ts'
import type { FailureCode } from './messages.ts'
import type { ResponseStream } from './response-stream.ts'
import type { FunctionCall, FunctionResult, RunnableFunction } from './runner.ts'

/** Of whoever made a call. */
export interface Caller {
  resolve: (result: FunctionResult) => void
  reject: (problem: Error) => void
}

/** A call on its way. Times are milliseconds since the epoch. */
export class Pending implements Cancelable {
  /** 0: not sent. */
  id = 0
  handle = 0
  readonly fn: RunnableFunction
  readonly call: FunctionCall
  startedAt: number
  deadline: number
  sends = 0
  /** Something of it has left the sandbox: it must not run a second time. */
  departed = false
  /** On its key-value store, since it began. */
  kvOperations = 0
  /** It was lost with a sandbox, and has been given to another. */
  retried: boolean
  /** Nobody waits for it any more. */
  abandoned = false
  /** The body of its answer, where that has begun and goes on. */
  stream: ResponseStream | null = null
  streamsUntil = 0
  readonly #caller: Caller

  constructor (fn: RunnableFunction, call: FunctionCall, now: number, caller: Caller) {
    this.fn = fn
    this.call = call
    this.startedAt = now
    this.deadline = now + fn.timeoutMs
    this.retried = call.once === true
    this.#caller = caller
  }

  resolve (result: FunctionResult): void {
    this.#caller.resolve(result)
  }

  /** An answer that has begun is cut off. */
  reject (problem: Error): void {
    if (this.stream === null) this.#caller.reject(problem)
    else this.stream.destroy(problem)
  }

  /** The next look at the clock ends it. */
  cancel (): void {
    this.abandoned = true
    this.deadline = 0
  }
}

const retryAfterSeconds = '1'

export function toProblem (code: FailureCode): Problem {
  return new Problem(code, undefined, code === 'function_overloaded' ? { headers: { 'retry-after': retryAfterSeconds } } : undefined)
}
