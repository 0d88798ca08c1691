import { Problem } from '#shared/errors.ts'
import { functionLimits } from './limits.ts'
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
  /** It was lost with a sandbox, and has been given to another. */
  retried: boolean
  /** Nobody waits for it any more. */
  abandoned: boolean
  /** The body of its answer, where that has begun and goes on. */
  stream: ResponseStream | null
  streamsUntil: number
}

const retryAfterSeconds = '1'

/** For the owner of the function. */
export function explainTimeout ({ fn, stream, streamsUntil }: Pending, now: number): string {
  if (stream === null) return `The function did not answer within ${fn.timeoutMs} ms.`
  if (now >= streamsUntil) return `The response was cut off: it may take ${functionLimits.streamMs} ms at most.`
  return `The response was cut off: nothing was sent for ${functionLimits.streamIdleMs} ms.`
}

export function toProblem (code: FailureCode): Problem {
  return new Problem(code, undefined, code === 'function_overloaded' ? { headers: { 'retry-after': retryAfterSeconds } } : undefined)
}
