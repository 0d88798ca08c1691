import type { ProblemCode } from '#shared/errors.ts'
import { standIn, type AnswerRoom } from '../edge/answer.ts'
import type { Lifecycle } from '../edge/drain.ts'
import { refuse, type Refusal } from '../edge/errors.ts'
import { upgradeOf } from '../edge/upgrades.ts'
import type { FunctionLogLine } from '../functions/runner.ts'
import type { Admission } from '../overload/admission.ts'
import type { UpstreamPlace } from './active-checks.ts'
import { Deadlines } from './deadlines.ts'
import { Forwarding } from './forwarding.ts'
import { isLoop } from './headers.ts'
import type { UpstreamPools } from './pools.ts'
import type { UpstreamService } from './service.ts'
import { chooseService } from './split.ts'
import { checkHandshake, WebSocketForwarding } from './websocket.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

export interface ForwardOptions {
  pools: UpstreamPools
  lifecycle: Lifecycle
  admission: Pick<Admission, 'begin' | 'end'> & AnswerRoom
  /** What went wrong with an upstream is for the gateway's owner; callers are told no more than the kind of it. */
  tellOwner: (line: FunctionLogLine) => void
  now: () => number
  /** Requests go to an upstream whose targets want to be checked. */
  onUse: (place: UpstreamPlace) => void
}

/** Hands a request whose route goes to an upstream on, with its body as it comes, and answers with what is answered there. */
export type Forward = (request: EdgeRequest, reply: EdgeReply) => void

/** Tells the owner of the gateway what is the matter with the upstream of a request. */
export type TellOwner = (request: EdgeRequest, level: 'warn' | 'error', message: string, code?: string) => void

/** To one upstream of one environment: beyond it, waiting would only use memory. */
const maxRunning = 1_024
/** Likewise of WebSockets. */
const maxTunnels = 4_096

/** Whoever checks it goes on for longer than that. */
const tellUseMs = 60_000

export function createForward ({ pools, lifecycle, admission, tellOwner, now, onUse }: ForwardOptions): Forward {
  const tellUse = ({ exchange }: EdgeRequest, { state }: UpstreamService): void => {
    const at = performance.now()
    if (at - state.toldAt < tellUseMs) return
    state.toldAt = at
    const { gatewayId, environment } = exchange.environment!
    onUse({ gatewayId, environment, name: exchange.upstream! })
  }
  const tell: TellOwner = (request, level, message, code) => {
    const { environment, match, upstream } = request.exchange
    const { functionName, versionId } = match!.target
    tellOwner({
      time: now(), level, gatewayId: environment!.gatewayId, environment: environment!.environment, functionName, versionId,
      requestId: request.id, message: `The upstream ${upstream!}: ${message}`, fields: { ...(code !== undefined && { code }), upstream: upstream! }
    })
  }
  const fail = (request: EdgeRequest, reply: EdgeReply, code: ProblemCode, refusal?: Refusal): void => {
    if (!standIn(request, reply, admission)) refuse(request, reply, code, refusal)
  }
  const deadlines = new Deadlines()
  return (request, reply) => {
    const { exchange } = request
    exchange.isDispatched = true
    exchange.stage = 'upstream'
    const service = chooseService(request)
    if (exchange.trace !== null) exchange.attempts = []
    // What was held to be looked at is sent on until then.
    if (exchange.heldBytes > 0) reply.raw.on('close', () => admission.giveBack(exchange.environment!.gatewayId, exchange.heldBytes))
    if (service === null) {
      tell(request, 'error', `${exchange.environment!.environment} does not have it`, 'upstream_missing')
      return fail(request, reply, 'upstream_missing')
    }
    if (isLoop(request.raw.headers)) {
      tell(request, 'error', 'it leads back here', 'upstream_loop')
      return fail(request, reply, 'upstream_loop')
    }
    if (service.active !== null) tellUse(request, service)
    const isUpgrade = upgradeOf(request.raw) !== null
    if (isUpgrade && !checkHandshake(request, reply)) return
    if (service.state.running >= maxRunning || (isUpgrade && service.state.tunnels >= maxTunnels)) return fail(request, reply, 'upstream_overloaded', { headers: { 'retry-after': '1' } })
    if (service.circuitBreaker !== null) {
      const waitMs = service.state.circuit.begin(service.circuitBreaker, performance.now())
      if (waitMs > 0) return fail(request, reply, 'upstream_circuit_open', { headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } })
    }
    const options = { request, reply, service, pools, lifecycle, deadlines, admission, tell }
    const forwarding = isUpgrade ? new WebSocketForwarding(options) : new Forwarding(options)
    forwarding.begin()
  }
}
