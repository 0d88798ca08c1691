import type { ProblemCode } from './errors.ts'
import type { FunctionLimits } from './function-limits.ts'

/**
 * An invocation: code that nobody has published, run once in an environment, for whoever is writing it. The control plane sends it down the
 * feed of one data plane, which answers with an `InvocationResult`:
 *
 *     POST /v1/data-plane/invocations/<id>/result
 */
export interface Invocation {
  gatewayId: string
  environment: string
  functionName: string
  /** Wall clock of the call, its response read to the end included. */
  timeoutMs: number
  limits: FunctionLimits
  bundle: string
  sourceMap: string
  request: InvocationRequest
}

export interface InvocationRequest {
  method: string
  path: string
  /** Without its question mark. */
  query: string
  params: Record<string, string>
  /** By lower-case name. */
  headers: Record<string, string | string[]>
  /** Base64; `null`: none. */
  body: string | null
}

/** A stream that was cut off has a response and an error. */
export interface InvocationResult {
  requestId: string
  response: InvocationResponse | null
  error: { code: ProblemCode, detail: string } | null
  logs: InvocationLogLine[]
  /** There were more. */
  logsTruncated: boolean
  durationMs: number
  /** Processor time in the isolate, loading included. `null`: it was gone by then, such as after a limit. */
  cpuMs: number | null
  /** Of the isolate's heap after the call; `null` as above. */
  memoryBytes: number | null
}

export interface InvocationResponse {
  status: number
  headers: Record<string, string | string[]>
  /** Base64. */
  body: string
  /** The body was longer than `maxInvocationBodyBytes`, or did not end in time. */
  truncated: boolean
}

export interface InvocationLogLine {
  /** Milliseconds since the epoch. */
  time: number
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
  fields: Record<string, unknown>
}

export const maxInvocationBodyBytes = 1024 * 1024
export const maxInvocationLogLines = 200
/** As JSON, all lines together. */
export const maxInvocationLogBytes = 256 * 1024
