import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#shared/clock.ts'
import { clientClosed, type AccessEntry, type Recorder } from './record.ts'

/** Records each request once, when its answer is sent or its client is gone: `close` comes in either case. */
export function follow (record: Recorder, clock: Clock): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) request.exchange.cancel?.()
      record.write(toEntry(request, reply, clock))
    })
  }
}

function toEntry (request: FastifyRequest, { raw }: FastifyReply, clock: Clock): AccessEntry {
  const { exchange } = request
  const { environment, release, key, match } = exchange
  const hasLeft = !raw.writableFinished && !exchange.isCutOff
  const fn = match ? match.target.fn : null
  return {
    time: clock.now(),
    requestId: request.id,
    route: environment === null ? null : environment.routeName,
    release: release === null || release.number === 0 ? null : release.number,
    functionName: fn === null ? null : fn.functionName,
    versionId: fn === null ? null : fn.versionId,
    clientId: key === null ? null : key.clientId,
    apiKeyId: key === null ? null : key.apiKeyId,
    method: request.raw.method!,
    path: exchange.target.path,
    status: hasLeft ? clientClosed.status : raw.statusCode,
    code: hasLeft ? clientClosed.code : exchange.code,
    durationMs: performance.now() - exchange.startedAt,
    functionMs: exchange.functionMs,
    bodyBytes: exchange.bodyBytes
  }
}
