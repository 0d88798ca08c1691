import type { FastifyInstance } from 'fastify'
import type { Clock } from '#shared/clock.ts'
import { debugHeader } from '#shared/debug-tokens.ts'
import { revisionHeader } from '#shared/plugins/served-by-headers.ts'
import { pathFault, queryFault } from '#shared/request-path.ts'
import { retryAfterSeconds } from '#shared/retry-after.ts'
import type { ServedHost } from '../hot-cache.ts'
import { spendLimits } from '../policies/limits.ts'
import { passBody, wantsBody } from '../policies/steps.ts'
import { caching } from './caching.ts'
import { canary } from './canary.ts'
import { cors } from './cors.ts'
import { refuse } from './errors.ts'
import { Exchange } from './exchange.ts'
import { expectationFault } from './expectations.ts'
import { goThrough } from './gate.ts'
import { answerHealth } from './health.ts'
import { identify } from './identify.ts'
import { chooseLayer, findRoute, serve } from './layer.ts'
import type { Edge, Stage } from './stage.ts'
import { framingFault, maxHeaders, readTarget } from './target.ts'

/**
 * What every request meets, in this order: all but the last before its body is read. Then the function is called (`dispatch.ts`), if it has not gone
 * to an upstream.
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
  // The body has been read.
  inspection
]

function host (app: FastifyInstance, { hot, replica, addressOf, condition, trouble, hasListenerTrouble, clock, connections, lifecycle, follow, traces, debugTokens }: Edge): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { rawHeaders } = request.raw
    const target = readTarget(request.originalUrl, rawHeaders)
    const exchange = new Exchange(target, performance.now(), addressOf(request.raw))
    request.exchange = exchange
    follow(request, reply)
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
        return next()
      case 'unknown': return refuse(request, reply, 'host_unknown')
      case 'not-ready': return refuse(request, reply, 'not_ready')
      case 'unusable': return refuse(request, reply, 'environment_unusable')
      case 'foreign':
        if (!answerHealth(request, reply, { replica, condition, trouble, hasListenerTrouble })) refuse(request, reply, 'host_unknown')
        return
      case 'invalid':
      case undefined: return refuse(request, reply, 'host_invalid', { detail: 'Send exactly one Host header with a host name and an optional port.' })
    }
  })
}

function hasExpired ({ preview }: ServedHost, clock: Clock): boolean {
  return preview !== null && !(preview.expiresAt > clock.now())
}

function overload (app: FastifyInstance, { connections, admission }: Edge): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { exchange } = request
    exchange.stage = 'overload'
    const hasRoom = admission.admits(exchange.environment!.gatewayId)
    if (hasRoom && !connections.isReserve(request.raw.socket)) return next()
    refuse(request, reply, 'overloaded', { headers: { 'retry-after': retryAfterSeconds() } })
  })
}

function path (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { raw, exchange } = request
    exchange.stage = 'path'
    const fault = pathFault(exchange.target.path) ?? queryFault(exchange.target.query)
    if (fault !== null) return refuse(request, reply, 'malformed_request', { detail: fault })
    const framing = framingFault(raw)
    if (framing !== null) return refuse(request, reply, 'malformed_request', { detail: framing, headers: { connection: 'close' } })
    const expectation = expectationFault(raw)
    if (expectation !== null) return refuse(request, reply, 'expectation_failed', { detail: expectation, headers: { connection: 'close' } })
    next()
  })
}

function admission (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { exchange } = request
    exchange.stage = 'admission'
    chooseLayer(request)
    return goThrough(exchange.layer!.policies.admit, request, reply, next)
  })
}

function authentication (app: FastifyInstance, edge: Edge): void {
  app.addHook('onRequest', (request, reply, next) => {
    return identify(request, reply, edge, next)
  })
}

function limits (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { exchange } = request
    const { limits } = exchange.layer!
    if (limits === null) return next()
    exchange.stage = 'limits'
    if (limits.needsRoute) findRoute(request)
    // Fastify waits for a promise, and goes on at once after next().
    return spendLimits(limits, request, reply)
  })
}

function route (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, next) => {
    request.exchange.stage = 'route'
    if (findRoute(request)) return next()
    const { release, target } = request.exchange
    const allowed = release!.router.allowedMethods(target.path)
    if (allowed.length === 0) return refuse(request, reply, 'route_not_found')
    refuse(request, reply, 'method_not_allowed', { headers: { allow: allowed.join(', ') } })
  })
}

function meeting (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { exchange } = request
    exchange.stage = 'meeting'
    return goThrough(exchange.layer!.policies.meet, request, reply, next)
  })
}

function upstream (app: FastifyInstance, { forward }: Edge): void {
  app.addHook('onRequest', (request, reply, next) => {
    const { match, layer } = request.exchange
    if (match!.target.upstream === null || wantsBody(layer!.policies.body, request)) return next()
    forward(request, reply)
  })
}

function inspection (app: FastifyInstance, { admission }: Edge): void {
  app.addHook('preHandler', (request, reply, next) => {
    const { exchange } = request
    const { environment, layer, heldBytes } = exchange
    const { body } = layer!.policies
    exchange.stage = 'inspection'
    if (body.policies.length === 0 || passBody(body, request, reply)) return next()
    admission.giveBack(environment!.gatewayId, heldBytes)
  })
}
