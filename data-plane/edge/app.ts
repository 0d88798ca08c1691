import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import { noPurges } from '#shared/cache-purges.ts'
import type { Clock } from '#shared/clock.ts'
import type { Config } from '#shared/config.ts'
import { guardConnections, type ConnectionSettings } from '#shared/connections/guard.ts'
import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import type { Logger } from '#shared/log.ts'
import type { IdentityEndpoints } from '../authentication/endpoints.ts'
import { createIntrospections } from '../authentication/introspection.ts'
import { createJwksSources } from '../authentication/jwks.ts'
import { createNonces, type MachineNonces } from '../authentication/nonces.ts'
import { AnswerCache } from '../cache/answer-cache.ts'
import type { AnswerChange } from '../cache/changes.ts'
import { CacheMemory } from '../cache/memory.ts'
import type { CanaryReporter } from '../canaries/reporter.ts'
import { DebugTokens } from '../explain/debug.ts'
import { createExplain, type Explain } from '../explain/explain.ts'
import type { TraceStore } from '../explain/trace-store.ts'
import type { Freshness } from '../freshness.ts'
import type { FunctionLogLine, FunctionRunner } from '../functions/runner.ts'
import { createHotCache, type HotCache } from '../hot-cache.ts'
import type { Concurrency } from '../limits/concurrency.ts'
import type { SharedCounters, WindowCounters } from '../limits/counter.ts'
import { Admission, type OverloadSettings } from '../overload/admission.ts'
import { createAnswerCors } from '../policies/cors.ts'
import { createConcurrencyCompiler } from '../policies/limit-concurrency.ts'
import { registerLimitCount } from '../policies/limit-count.ts'
import type { LimitCompilers } from '../policies/limits.ts'
import { createQuotaCompiler } from '../policies/quota.ts'
import type { QuotaCounters } from '../quotas/remote-quotas.ts'
import type { ReplicaChange, ReplicaReader } from '../replica/replica.ts'
import type { UpstreamPlace } from '../upstream/active-checks.ts'
import { createListener, type ListenerSettings } from '../listener/listener.ts'
import { createForward, type Forward } from '../upstream/forward.ts'
import type { UpstreamPools } from '../upstream/pools.ts'
import { createUpstreamStates, type UpstreamStates } from '../upstream/state.ts'
import type { UsageReporter } from '../usage/reporter.ts'
import { createClientAddress, createPeerTrust } from './address.ts'
import { createDispatch } from './dispatch.ts'
import { drain, type Lifecycle } from './drain.ts'
import { compileUsable } from './environment.ts'
import { createErrorHandler } from './errors.ts'
import { waitWithContinue } from './expectations.ts'
import { follow } from './follow.ts'
import { createOpenAnswers } from './open-answers.ts'
import type { Condition } from './health.ts'
import { answerParserError } from './parser-errors.ts'
import { createPipeline } from './pipeline.ts'
import type { Recorder } from './record.ts'
import { createRequestIds } from './request-id.ts'
import type { OpenSecret } from './secrets.ts'
import { takeUpgrades, wantsWebSocket } from './upgrades.ts'
import type { Edge } from './stage.ts'
import { maxHeaders } from './target.ts'

export interface EdgeOptions {
  config: Pick<Config, 'baseDomain' | 'cacheMb' | 'keyPepper' | 'headersSeconds'> & ConnectionSettings & OverloadSettings & ListenerSettings
  replica: ReplicaReader
  /** Of this machine. */
  counters: WindowCounters
  /** Of all machines; `null`: those of this one are all that there are. */
  sharedCounters: SharedCounters | null
  /** What all workers of this machine have under way. */
  concurrency: Concurrency
  quotas: QuotaCounters
  /** Of signatures, used on this machine. */
  nonces: MachineNonces
  runner: FunctionRunner
  openSecret: OpenSecret
  clock: Clock
  freshness: Pick<Freshness, 'ageMs'>
  /** What keeps the replica from being written. */
  trouble: () => DataPlaneTrouble | null
  logger: Logger
  record: Recorder
  canaries: Pick<CanaryReporter, 'count'>
  usage: Pick<UsageReporter, 'countRequest'>
  upstreams: UpstreamPools
  /** Of those who say who calls. */
  identity: Pick<IdentityEndpoints, 'ask'>
  tellOwner: (line: FunctionLogLine) => void
  /** Requests go to an upstream whose targets want to be checked. */
  onUpstreamUse: (place: UpstreamPlace) => void
  /** What is kept of it is forgotten here; so it should be by the other workers of the machine. */
  onAnswerChange: (change: AnswerChange) => void
  /** Of what requests have met; `null`: none are kept. */
  traces: TraceStore | null
  /** Which of the machine's workers it is. */
  worker: number
}

export interface EdgeApp {
  app: FastifyInstance
  hot: HotCache
  explain: Explain
  /** These targets of an upstream do not answer as they should. */
  setDown: UpstreamStates['setDown']
  /** What other workers of the machine have met. */
  forgetAnswers: AnswerCache['forget']
  /** Stops accepting; resolves when everything in flight has been answered, or cut off after `deadlineMs` (default 9 s). */
  drain: (deadlineMs?: number) => Promise<void>
  /** Of TLS sessions, the same for all workers. */
  setTicketKeys: (keys: Buffer) => void
}

export const maxHeaderBytes = 16 * 1024
/** Node leaves further ones out without a word; one more than there may be is enough to refuse them. */
const seenHeaders = maxHeaders + 1

/** Longer than load balancers keep idle connections (60 s): the side that closes first must be the one that sends requests. */
const keepAliveTimeoutMs = 72_000
/** A peer that is gone without a word is found on connections that are silent, such as streams: by TCP, after a while. */
const tcpKeepAliveMs = 60_000

/** Builds the edge; it does not listen. What it is given, it does not close. */
export function buildEdge (options: EdgeOptions): EdgeApp {
  const { config, replica, counters, sharedCounters, concurrency, quotas, nonces, runner, openSecret, clock, freshness, trouble, logger, record, canaries, usage, upstreams, identity, tellOwner, onUpstreamUse, onAnswerChange, traces, worker } = options
  const states = createUpstreamStates()
  const nextRequestId = createRequestIds()
  const lifecycle: Lifecycle = { draining: false }
  const server = createServer({
    // However large a body is: that it gets on is seen to where connections are guarded.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: config.headersSeconds * 1000,
    // How exactly it is kept.
    connectionsCheckingInterval: 1_000,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    maxHeaderSize: maxHeaderBytes,
    // The host stage answers, with a problem document.
    requireHostHeader: false,
    shouldUpgradeCallback: wantsWebSocket,
    // Requests without a body are most of the traffic.
    optimizeEmptyRequests: true
  })
  server.maxHeadersCount = seenHeaders
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerParserError(error, socket, nextRequestId()))
  // Before who guards connections, which lets through to whoever was there.
  server.on('request', (request, response) => serve(request, response))
  waitWithContinue(server)
  takeUpgrades(server)
  // Of its plugins, and of the server's life. Requests take the edge's own way.
  const app = fastify({ logger: false, serverFactory: () => server, forceCloseConnections: 'idle' })

  const listener = createListener({
    settings: config, logger, server, connections: () => connections, maxHeaderBytes, maxHeaders, keepAliveMs: keepAliveTimeoutMs
  })
  const connections = guardConnections(server, { settings: config, ...(listener && { divert: listener.divert }), nextRequestId, logger })
  app.addHook('onReady', async () => await listener?.ready())
  app.addHook('onClose', async () => await listener?.close())
  const admission = new Admission({ settings: config, logger })
  app.addHook('onClose', async () => admission.close())
  const limits: LimitCompilers = {
    compileLimit: registerLimitCount(app, { own: counters, shared: sharedCounters }),
    compileQuota: createQuotaCompiler({ quotas, shared: sharedCounters, clock }),
    compileConcurrency: createConcurrencyCompiler(concurrency)
  }
  const compiler = {
    replica, limits, openSecret, upstreams: states, logger,
    jwks: createJwksSources(identity, clock), introspections: createIntrospections(identity, clock), nonces: createNonces({ own: nonces, shared: sharedCounters })
  }
  const hot = createHotCache({
    replica, baseDomain: config.baseDomain, compile: source => compileUsable(source, compiler)
  })
  const condition = (): Condition => ({ connections: { ...connections.counts() }, overload: admission.counts, cache: { heldBytes: answers.heldBytes }, ...(sharedCounters && { limits: { areShared: !sharedCounters.isAway } }) })
  const openAnswers = createOpenAnswers(hot, clock)
  const forward = createForward({ pools: upstreams, lifecycle, admission, tellOwner, now: clock.now, onUse: onUpstreamUse })
  const dispatch = createDispatch(runner, lifecycle, admission)
  const ask: Forward = (request, reply) => request.exchange.match!.target.upstream === null ? dispatch(request, reply) : forward(request, reply)
  const answers = new AnswerCache({ memory: new CacheMemory(config.cacheMb * 1024 * 1024), clock, purgesOf: (gatewayId, environment) => hot.findEnvironment(gatewayId, environment)?.purges ?? noPurges, onChange: onAnswerChange })
  const sources: Edge = { hot, replica, keyPepper: config.keyPepper, clock, freshness, condition, trouble, hasListenerTrouble: () => listener !== null && listener.hasTrouble(), connections, admission, lifecycle, follow: follow({ record, canaries, usage, traces, clock }), traces, debugTokens: new DebugTokens({ hot, openSecret, clock }), forward, ask, answers, answerCors: createAnswerCors(app), openAnswers, addressOf: createClientAddress(config.trustedProxies), isTrustedPeer: createPeerTrust(config.trustedProxies) }
  const serve = createPipeline(sources, { nextRequestId, onError: createErrorHandler(logger) })
  const apply = (change: ReplicaChange): void => {
    hot.apply(change)
    openAnswers.apply(change)
    answers.apply(change)
  }
  return {
    app,
    hot: { ...hot, apply },
    setDown: states.setDown,
    forgetAnswers: changes => answers.forget(changes),
    explain: createExplain({ traces, worker, isOwnId: nextRequestId.hasMade }),
    drain: async deadlineMs => await drain(app, { sockets: connections.sockets, listener }, lifecycle, deadlineMs),
    setTicketKeys: keys => listener?.setTicketKeys(keys)
  }
}
