import { Readable } from 'node:stream'
import type { Clock } from '#shared/clock.ts'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import { environmentDomain } from '#shared/host.ts'
import type { Logger } from '#shared/log.ts'
import type { FunctionCall, FunctionRunner } from '../functions/runner.ts'
import type { HotCache } from '../hot-cache.ts'
import type { ScheduledOutcome, ScheduledRun } from '../messages.ts'
import { checkStatus } from './headers.ts'
import { readStream } from './read-stream.ts'
import type { CompiledRoute } from './release.ts'

export interface RunScheduledOptions {
  hot: Pick<HotCache, 'findEnvironment'>
  runner: FunctionRunner
  baseDomain: string
  nextRequestId: () => string
  clock: Clock
  logger: Logger
}

/** Runs a released function as a request would, but for everything that concerns a client. Never rejects. */
export type RunScheduled = (run: ScheduledRun) => Promise<ScheduledOutcome>

export function createRunScheduled ({ hot, runner, baseDomain, nextRequestId, clock, logger }: RunScheduledOptions): RunScheduled {
  return async run => {
    const requestId = nextRequestId()
    const startedAt = clock.now()
    const beganAt = performance.now()
    const elapsed = (): number => Math.round((performance.now() - beganAt) * 1000) / 1000
    const outcome: ScheduledOutcome = { requestId, startedAt, durationMs: 0, responseStatus: null, errorCode: null }
    try {
      // Neither a canary nor a preview: what is due is done once, whatever else is being tried.
      const route = hot.findEnvironment(run.gatewayId, run.environment)?.release.scheduled.get(run.functionName)
      if (route === undefined) throw new Problem('function_unavailable')
      const { status, body } = await runner.call(route.fn, toCall(run, route, requestId, baseDomain))
      checkStatus(status)
      outcome.responseStatus = status
      // It is not done before it has said all, though nobody listens.
      if (body instanceof Readable) await readStream(body, route.fn.timeoutMs - elapsed(), () => true)
    } catch (error) {
      outcome.errorCode = codeOf(error, requestId, logger)
    }
    return { ...outcome, durationMs: elapsed() }
  }
}

function toCall ({ gatewayId, environment, call }: ScheduledRun, { path: pattern }: CompiledRoute, requestId: string, baseDomain: string): FunctionCall {
  const path = /\/:|\*$/.test(pattern) ? '/' : pattern
  return {
    requestId,
    method: 'POST',
    url: `http://${environmentDomain(gatewayId, environment, baseDomain)}${path}`,
    path,
    query: '',
    params: {},
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ schedule: call.name, scheduledAt: call.scheduledAt })),
    client: null,
    schedule: call,
    // The next time is another one; twice is what the claim is there to prevent.
    once: true
  }
}

function codeOf (error: unknown, requestId: string, logger: Logger): ProblemCode {
  if (error instanceof Problem) return error.code
  logger.error({ err: error, requestId }, 'a scheduled run failed')
  return 'internal'
}
