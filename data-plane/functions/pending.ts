import { Problem } from '#shared/errors.ts'
import type { FailureCode } from './messages.ts'
import type { ResponseStream } from './response-stream.ts'
import type { FunctionCall, FunctionResult, RunnableFunction } from './runner.ts'

/** A call on its way. Times are milliseconds since the epoch. */
export interface Pending {
  /** 0: not sent. */
  id: number
  handle: number
  fn: RunnableFunction
  call: FunctionCall
  resolve: (result: FunctionResult) => void
  reject: (problem: unknown) => void
  startedAt: number
  deadline: number
  sends: number
  /** Something of it has left the sandbox: it must not run a second time. */
  departed: boolean
  /** On its key-value store, since it began. */
  kvOperations: number
  /** It was lost with a sandbox, and has been given to another. */
  retried: boolean
  /** Nobody waits for it any more. */
  abandoned: boolean
  /** The body of its answer, where that has begun and goes on. */
  stream: ResponseStream | null
  streamsUntil: number
}

const retryAfterSeconds = '1'

export function toProblem (code: FailureCode): Problem {
  return new Problem(code, undefined, code === 'function_overloaded' ? { headers: { 'retry-after': retryAfterSeconds } } : undefined)
}
