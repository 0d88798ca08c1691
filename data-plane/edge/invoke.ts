import { Readable } from 'node:stream'
import { Problem } from '#shared/errors.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { environmentDomain } from '#shared/host.ts'
import { maxInvocationBodyBytes, type Invocation, type InvocationResponse, type InvocationResult } from '#shared/invocations.ts'
import type { Logger } from '#shared/log.ts'
import type { FunctionCall, FunctionResult, FunctionRunner, FunctionUsage, RunnableFunction } from '../functions/runner.ts'
import type { HotCache } from '../hot-cache.ts'
import { checkStatus, prepareRequestHeaders, readResultHeaders } from './headers.ts'
import { createInvocationLog } from './invocation-log.ts'
import { readStream } from './read-stream.ts'

export interface InvokeOptions {
  hot: Pick<HotCache, 'findEnvironment'>
  runner: FunctionRunner
  baseDomain: string
  nextRequestId: () => string
  logger: Logger
}

/** Runs a draft in an isolate of its own, which goes with the answer. Never rejects: what went wrong is in the result. */
export type Invoke = (invocation: Invocation) => Promise<InvocationResult>

export function createInvoke ({ hot, runner, baseDomain, nextRequestId, logger }: InvokeOptions): Invoke {
  return async invocation => {
    const { gatewayId, environment, functionName, timeoutMs, limits, bundle, sourceMap } = invocation
    const requestId = nextRequestId()
    const log = createInvocationLog()
    const run: Run = { response: null, error: null, durationMs: 0, usage: null }
    try {
      const compiled = hot.findEnvironment(gatewayId, environment)
      if (compiled === null) throw new Problem('function_unavailable')
      const fn = compiled.describeDraft({ id: requestId, functionName, timeoutMs, limits: effectiveLimits(limits), code: () => ({ bundle, sourceMap }), onLog: log.write })
      await callOnce(runner, fn, toCall(invocation, requestId, baseDomain), run)
    } catch (error) {
      run.error = describe(error, requestId, logger)
    }
    const { usage, ...rest } = run
    return { requestId, ...rest, cpuMs: usage?.cpuMs ?? null, memoryBytes: usage?.heapBytes ?? null, ...log.take() }
  }
}

type Run = Pick<InvocationResult, 'response' | 'error' | 'durationMs'> & { usage: FunctionUsage | null }

/** Writes into `run` as it goes: a stream that breaks has a beginning. */
async function callOnce (runner: FunctionRunner, fn: RunnableFunction, call: FunctionCall, run: Run): Promise<void> {
  const beganAt = performance.now()
  const elapsed = (): number => Math.round((performance.now() - beganAt) * 1000) / 1000
  try {
    const result = await runner.call(fn, call)
    checkStatus(result.status)
    run.response = { status: result.status, headers: toRecord(readResultHeaders(result.headers)), body: '', truncated: true }
    await readBody(result.body, fn.timeoutMs - elapsed(), run.response)
  } finally {
    run.durationMs = elapsed()
    run.usage = await runner.release(fn)
  }
}

async function readBody (body: FunctionResult['body'], timeoutMs: number, response: InvocationResponse): Promise<void> {
  const chunks: Buffer[] = []
  let bytes = 0
  const add = (chunk: Buffer): boolean => {
    chunks.push(chunk.subarray(0, maxInvocationBodyBytes - bytes))
    bytes += chunk.length
    return bytes <= maxInvocationBodyBytes
  }
  try {
    if (body instanceof Readable) await readStream(body, timeoutMs, add)
    else if (body !== null) add(Buffer.from(body))
    response.truncated = bytes > maxInvocationBodyBytes
  } finally {
    response.body = Buffer.concat(chunks).toString('base64')
  }
}

function toCall ({ gatewayId, environment, request }: Invocation, requestId: string, baseDomain: string): FunctionCall {
  const { method, path, query, params } = request
  const domain = environmentDomain(gatewayId, environment, baseDomain)
  const headers: FunctionCall['headers'] = { host: domain, ...request.headers }
  prepareRequestHeaders(headers, { requestId, consumerName: null })
  return {
    requestId,
    method,
    url: `http://${domain}${path}${query === '' ? '' : `?${query}`}`,
    path,
    query,
    params,
    headers,
    body: request.body === null ? null : Buffer.from(request.body, 'base64'),
    client: null,
    once: true
  }
}

/** RFC 9110, section 5.3: fields of one name are one list, all but Set-Cookie. */
function toRecord (headers: ReadonlyArray<readonly [name: string, value: string]>): InvocationResponse['headers'] {
  const groups = Map.groupBy(headers, ([name]) => name)
  return Object.fromEntries([...groups].map(([name, fields]) => {
    const values = fields.map(([, value]) => value)
    return [name, values.length > 1 && name === 'set-cookie' ? values : values.join(', ')]
  }))
}

function describe (error: unknown, requestId: string, logger: Logger): InvocationResult['error'] {
  if (error instanceof Problem) return { code: error.code, detail: error.message }
  logger.error({ err: error, requestId }, 'an invocation failed')
  const { code, message } = new Problem('internal')
  return { code, detail: message }
}
