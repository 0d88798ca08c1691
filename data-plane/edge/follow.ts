import type { Clock } from '#shared/clock.ts'
import type { CanaryReporter } from '../canaries/reporter.ts'
import type { UsageReporter } from '../usage/reporter.ts'
import type { TraceStore } from '../explain/trace-store.ts'
import type { Exchange } from './exchange.ts'
import { clientClosed, type AccessEntry, type Recorder } from './record.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

export interface Followers {
  record: Recorder
  canaries: Pick<CanaryReporter, 'count'>
  usage: Pick<UsageReporter, 'countRequest'>
  /** `null`: none are kept. */
  traces: TraceStore | null
  clock: Clock
}

/** Records each request once, when its answer is sent or its client is gone: `close` comes in either case. */
export function follow ({ record, canaries, usage, traces, clock }: Followers): (request: EdgeRequest, reply: EdgeReply) => void {
  return (request, reply) => {
    reply.raw.on('close', () => {
      const { exchange } = request
      if (!reply.raw.writableFinished) exchange.running?.cancel()
      const entry = toEntry(request, reply, clock)
      record.write(entry)
      countForCanary(exchange, entry, canaries)
      countUse(exchange, entry, usage)
      traces?.keep(exchange, entry)
    })
  }
}

/** What came of either release, where there are two. A client that left has seen no answer, and says nothing of them. */
function countForCanary ({ environment, isPreview, isDispatched, isCutOff }: Exchange, { release, status, code }: AccessEntry, canaries: Followers['canaries']): void {
  if (environment === null || environment.canary === null || isPreview || !isDispatched || release === null || code === clientClosed.code) return
  const { gatewayId, environment: name } = environment
  canaries.count({ gatewayId, environment: name, release, hasFailed: status >= 500 || isCutOff })
}

/** What was refused before it came to its route is no use of it. A preview is nothing that clients know. */
function countUse ({ environment, match, isPreview }: Exchange, { method, clientId, time, code }: AccessEntry, usage: Followers['usage']): void {
  if (environment === null || !match || isPreview || code === 'rate_limit_exceeded') return
  usage.countRequest(environment, match.target, method, clientId, time)
}

function toEntry (request: EdgeRequest, { raw }: EdgeReply, clock: Clock): AccessEntry {
  const { exchange } = request
  const { environment, release, caller, match } = exchange
  const hasLeft = !raw.writableFinished && !exchange.isCutOff && !exchange.isUpgraded
  const route = match ? match.target : null
  return {
    time: clock.now(),
    requestId: request.id,
    route: environment === null ? null : environment.routeName,
    release: release === null || release.number === 0 ? null : release.number,
    functionName: route === null ? null : route.functionName,
    versionId: route === null ? null : route.versionId,
    upstream: route === null || route.upstream === null ? null : exchange.upstream ?? route.upstream.name,
    clientId: caller === null ? null : caller.clientId,
    apiKeyId: caller === null ? null : caller.apiKeyId,
    method: request.raw.method!,
    path: exchange.target.path,
    status: hasLeft ? clientClosed.status : raw.statusCode,
    code: hasLeft ? clientClosed.code : exchange.code,
    durationMs: performance.now() - exchange.startedAt,
    functionMs: exchange.functionMs,
    attempts: exchange.attempts === null || exchange.attempts.length < 2 ? 0 : exchange.attempts.length,
    bodyBytes: exchange.bodyBytes
  }
}
