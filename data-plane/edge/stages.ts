import type { Clock } from '#shared/clock.ts'
import { debugHeader } from '#shared/debug-tokens.ts'
import { revisionHeader } from '#shared/plugins/served-by-headers.ts'
import { pathFault, queryFault } from '#shared/request-path.ts'
import { retryAfterSeconds } from '#shared/retry-after.ts'
import type { ServedHost } from '../hot-cache.ts'
import { spendLimits } from '../policies/limits.ts'
import { passBody, wantsBody } from '../policies/steps.ts'
import { reading } from './body.ts'
import { caching } from './caching.ts'
import { canary, identification } from './canary.ts'
import { cors } from './cors.ts'
import { refuse } from './errors.ts'
import { expectationFault } from './expectations.ts'
import { goThrough } from './gate.ts'
import { answerHealth } from './health.ts'
import { identify } from './identify.ts'
import { chooseLayer, findRoute, serve } from './layer.ts'
import type { Edge, Stage, Step } from './stage.ts'
import { framingFault, maxHeaders } from './target.ts'

/**
 * What every request meets, in this order, and what it goes to in the end.
 */
export const stages: readonly Stage[] = [
  // The host alone chooses the environment, and everything below is an environment's. The id and the record begin here.
  host,
  // Before all that can refuse: a preflight carries no key and must spend no limit, and a browser hides errors without CORS headers.
  cors,
  // After CORS, so that a browser sees this error too; before all that costs much. Health has been answered.
  overload,
  // After CORS as well; before anything that looks at the path.
  path,
  // Before authentication: who is not to be here is told nothing about keys, and spends nobody's budget.
  admission,
  // Before limits, which count per client; and what is refused here spends nobody's budget.
  authentication,
  // After authentication, because each client meets one release and no other; before all that a release has a part in.
  canary,
  // Which release it meets is known now, and that one may ask in another way.
  identification,
  // Before the route: guessing paths is limited as well.
  limits,
  // Still before the body: what no function answers is not uploaded.
  route,
  // What needs to know the route and the client, and is still before the body.
  meeting,
  // After all that may refuse or answer in its own way; what is kept is asked of nobody.
  caching,
  // Last of those before the body: what goes to an upstream goes there with it as it comes, unless somebody wants to look at it.
  upstream,
  // Functions parse bodies themselves, and policies look at whole ones.
  reading,
  inspection,
  asking
]

function host ({ hot, replica, condition, trouble, hasListenerTrouble, clock, connections, lifecycle, traces, debugTokens }: Edge): Step {
  return (request, reply) => {
    const { rawHeaders } = request.raw
    const { exchange, exchange: { target } } = request
    reply.header('x-request-id', request.id)
    if (lifecycle.draining || connections.isReserve(request.raw.socket)) reply.header('connection', 'close')
    if (rawHeaders.length > maxHeaders * 2) return refuse(request, reply, 'headers_too_large', { detail: `A request may have ${maxHeaders} headers.`, headers: { connection: 'close' } })
    const decision = target.authority === null ? null : hot.findHost(target.authority)
    switch (decision?.kind) {
      case 'environment':
        if (hasExpired(decision, clock)) return refuse(request, reply, 'preview_expired')
        exchange.environment = decision.environment
        if (traces !== null) exchange.trace = traces.begin(request.id, hot.revision())
        if (request.raw.headers[debugHeader] !== undefined) debugTokens.take(request, decision.environment)
        exchange.isPreview = decision.preview !== null
        if (decision.environment.namesRevision) reply.header(revisionHeader, hot.revision())
        serve(request, reply, decision.preview === null ? decision.environment.release : decision.preview.release())
        return true
      case 'unknown': return refuse(request, reply, 'host_unknown')
      case 'not-ready': return refuse(request, reply, 'not_ready')
      case 'unusable': return refuse(request, reply, 'environment_unusable')
      case 'foreign':
        return answerHealth(request, reply, { replica, condition, trouble, hasListenerTrouble }) ? false : refuse(request, reply, 'host_unknown')
      case 'invalid':
      case undefined: return refuse(request, reply, 'host_invalid', { detail: 'Send exactly one Host header with a host name and an optional port.' })
    }
  }
}

function hasExpired ({ preview }: ServedHost, clock: Clock): boolean {
  return preview !== null && !(preview.expiresAt > clock.now())
}

function overload ({ connections, admission }: Edge): Step {
  return (request, reply) => {
    const { exchange } = request
    exchange.stage = 'overload'
    const hasRoom = admission.admits(exchange.environment!.gatewayId)
    if (hasRoom && !connections.isReserve(request.raw.socket)) return true
    return refuse(request, reply, 'overloaded', { headers: { 'retry-after': retryAfterSeconds() } })
  }
}

function path (): Step {
  return (request, reply) => {
    const { raw, exchange } = request
    exchange.stage = 'path'
    const fault = pathFault(exchange.target.path) ?? queryFault(exchange.target.query)
    if (fault !== null) return refuse(request, reply, 'malformed_request', { detail: fault })
    const framing = framingFault(raw)
    if (framing !== null) return refuse(request, reply, 'malformed_request', { detail: framing, headers: { connection: 'close' } })
    const expectation = expectationFault(raw)
    if (expectation !== null) return refuse(request, reply, 'expectation_failed', { detail: expectation, headers: { connection: 'close' } })
    return true
  }
}

function admission (): Step {
  return (request, reply) => {
    const { exchange } = request
    exchange.stage = 'admission'
    chooseLayer(request)
    return goThrough(exchange.layer!.policies.admit, request, reply)
  }
}

function authentication (edge: Edge): Step {
  return (request, reply) => identify(request, reply, edge)
}

function limits (): Step {
  return (request, reply) => {
    const { exchange } = request
    const { limits } = exchange.layer!
    if (limits === null) return true
    exchange.stage = 'limits'
    if (limits.needsRoute) findRoute(request)
    return spendLimits(limits, request, reply)
  }
}

function route (): Step {
  return (request, reply) => {
    request.exchange.stage = 'route'
    if (findRoute(request)) return true
    const { release, target } = request.exchange
    const allowed = release!.router.allowedMethods(target.path)
    if (allowed.length === 0) return refuse(request, reply, 'route_not_found')
    return refuse(request, reply, 'method_not_allowed', { headers: { allow: allowed.join(', ') } })
  }
}

function meeting (): Step {
  return (request, reply) => {
    const { exchange } = request
    exchange.stage = 'meeting'
    return goThrough(exchange.layer!.policies.meet, request, reply)
  }
}

function upstream ({ forward }: Edge): Step {
  return (request, reply) => {
    const { match, layer } = request.exchange
    if (match!.target.upstream === null || wantsBody(layer!.policies.body, request)) return true
    forward(request, reply)
    return false
  }
}

function inspection ({ admission }: Edge): Step {
  return (request, reply) => {
    const { exchange } = request
    const { environment, layer, heldBytes } = exchange
    const { body } = layer!.policies
    exchange.stage = 'inspection'
    if (body.policies.length === 0 || passBody(body, request, reply)) return true
    admission.giveBack(environment!.gatewayId, heldBytes)
    return false
  }
}

function asking ({ ask }: Edge): Step {
  return (request, reply) => {
    ask(request, reply)
    return false
  }
}
