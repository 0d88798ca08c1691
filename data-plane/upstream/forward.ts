import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerRoom } from '../edge/answer.ts'
import type { Lifecycle } from '../edge/drain.ts'
import { refuse } from '../edge/errors.ts'
import type { FunctionLogLine } from '../functions/runner.ts'
import type { Admission } from '../overload/admission.ts'
import { Forwarding } from './forwarding.ts'
import { isLoop } from './headers.ts'
import type { UpstreamPools } from './pools.ts'

export interface ForwardOptions {
  pools: UpstreamPools
  lifecycle: Lifecycle
  admission: Pick<Admission, 'begin' | 'end'> & AnswerRoom
  /** What went wrong with an upstream is for the gateway's owner; callers are told no more than the kind of it. */
  tellOwner: (line: FunctionLogLine) => void
  now: () => number
}

/** Hands a request whose route goes to an upstream on, with its body as it comes, and answers with what is answered there. */
export type Forward = (request: FastifyRequest, reply: FastifyReply) => void

/** To one upstream of one environment: beyond it, waiting would only use memory. */
const maxRunning = 1_024

export function createForward ({ pools, lifecycle, admission, tellOwner, now }: ForwardOptions): Forward {
  const explain = (request: FastifyRequest, code: string, message: string): void => {
    const { environment, match } = request.exchange
    const { functionName, versionId, upstream } = match!.target
    tellOwner({
      time: now(), level: 'error', gatewayId: environment!.gatewayId, environment: environment!.environment, functionName, versionId,
      requestId: request.id, message: `The upstream ${upstream!.name}: ${message}`, fields: { code, upstream: upstream!.name }
    })
  }
  return (request, reply) => {
    const { exchange } = request
    const { address } = exchange.match!.target.upstream!
    exchange.isDispatched = true
    exchange.stage = 'upstream'
    // What was held to be looked at is sent on until then.
    if (exchange.heldBytes > 0) reply.raw.on('close', () => admission.giveBack(exchange.environment!.gatewayId, exchange.heldBytes))
    if (address === null) {
      explain(request, 'upstream_missing', `${exchange.environment!.environment} does not have it`)
      return refuse(request, reply, 'upstream_missing')
    }
    if (isLoop(request.raw.headers)) {
      explain(request, 'upstream_loop', 'it leads back here')
      return refuse(request, reply, 'upstream_loop')
    }
    const pool = pools.of(address)
    if (pool.running >= maxRunning) return refuse(request, reply, 'upstream_overloaded', { headers: { 'retry-after': '1' } })
    new Forwarding({ request, reply, pool, address, lifecycle, admission, explain }).begin()
  }
}
