import type { Readable } from 'node:stream'
import type { FunctionLimits } from '#shared/function-limits.ts'
import { kvFailed, type KvAnswer, type KvRequest } from '#shared/kv.ts'
import type { AuthenticationMethod } from '#shared/plugins/authentication-names.ts'
import type { ScheduledCall } from '#shared/schedules.ts'
import type { Cancelable } from '../cancelable.ts'

/** What the edge knows of functions: it hands over a call and gets an answer. How and where the code runs is not its matter. */
export interface FunctionRunner {
  /**
   * Runs one call.
   * @throws {Problem} `function_failed`, `function_timeout`, `function_result_invalid`, `function_response_too_large`,
   *   `function_memory_exceeded`, `sandbox_lost`, `function_overloaded`, `function_unavailable`, `body_invalid`
   */
  call: (fn: RunnableFunction, call: FunctionCall, cancellation?: Cancellation) => Promise<FunctionResult>
  /** For a function that is not to be called again: says what it has used and drops it. `null`: it is gone already. */
  release: (fn: RunnableFunction) => Promise<FunctionUsage | null>
  close: () => Promise<void>
}

export interface FunctionUsage {
  heapBytes: number
  /** Processor time, loading included. */
  cpuMs: number
}

/** The key-value stores of environments, as functions use them. */
export interface FunctionKv {
  /** Never rejects: an operation that cannot be carried out has an answer, too. Those of one environment are carried out in their order. */
  run: (request: KvRequest) => Promise<KvAnswer>
}

/** Where there is no control plane to ask. */
export const noKv: FunctionKv = { run: async () => kvFailed('kv_unavailable', 'There is no key-value store here.') }

/** By which the caller says that nobody waits for the answer any more: it cancels what the runner has put there. */
export interface Cancellation {
  running: Cancelable | null
}

/** A function version in one environment with its variables: what has an isolate of its own. Same `key`, same everything. */
export interface RunnableFunction {
  /** `<gateway>-<env>/<function>@<version>/<hash of the variables, secrets as they are sealed>`. */
  key: string
  gatewayId: string
  gatewayName: string
  environment: string
  functionName: string
  versionId: string
  timeoutMs: number
  limits: FunctionLimits
  /** Opened secrets included; read only when a sandbox has to be given them. @throws {Problem} `function_unavailable` where one cannot be opened */
  readonly variables: Record<string, string>
  /** Read only when a sandbox has to be given the code. */
  code: () => { bundle: string, sourceMap: string }
  /** Where its lines go, if not to where all lines go. */
  onLog?: (line: FunctionLogLine) => void
}

export interface FunctionCall {
  requestId: string
  method: string
  /** Absolute, as the client asked for it: `https://shop.api.example.com/users/7?full=1`. */
  url: string
  path: string
  /** Without the question mark; empty where there is none. */
  query: string
  params: Record<string, string>
  /** Lower-case names; without the API key. */
  headers: Record<string, string | string[] | undefined>
  body: Buffer | null
  client: { id: string, name: string } | null
  /** `null` or left out: nobody was authenticated. */
  auth?: CallAuth | null
  /** Left out: somebody asked for it. */
  schedule?: ScheduledCall
  /** It must not run a second time, not even where nothing of the first time had left its sandbox. */
  once?: true
}

/** How it is known who calls. Bounded by what a token and an issuer's answer may have (8 and 16 KiB). */
export interface CallAuth {
  /** Name of the policy that has decided. */
  method: AuthenticationMethod | 'anonymous'
  scopes: readonly string[]
  /** As JSON has them. `null`: it was no token. */
  claims: Readonly<Record<string, unknown>> | null
}

export interface FunctionResult {
  status: number
  /** Checked by the runner: valid names and values, no hop-by-hop fields. */
  headers: Array<[name: string, value: string]>
  /** A stream fails with a `Problem`, after which no honest end can be made. It is to be destroyed where the rest is not wanted. */
  body: string | Buffer | Readable | null
}

/** A line that a function, or the machinery on its behalf, says to its owner. Text and fields come from tenant code. */
export interface FunctionLogLine {
  /** Milliseconds since the epoch. */
  time: number
  level: 'debug' | 'info' | 'warn' | 'error'
  gatewayId: string
  environment: string
  functionName: string
  versionId: string
  /** `null`: of no call in particular, or of one that is answered already. */
  requestId: string | null
  message: string
  fields: Record<string, unknown>
}
