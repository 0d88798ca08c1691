import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { uplinkPrefix } from '#shared/uplink.ts'
import { hashToken, requireBearer } from './bearer.ts'
import { answerClientError } from './client-error.ts'
import { answerNotModified } from './conditional.ts'
import { requireDataPlane } from './data-plane-tokens/access.ts'
import { watchLag } from './data-planes/lag.ts'
import { answerWhenApplied } from './data-planes/receipts.ts'
import { serveReference } from './docs.ts'
import { answerError } from './errors.ts'
import { FeedReaders } from './feed/readers.ts'
import { feedRoutes } from './feed/routes.ts'
import { healthRoutes } from './health.ts'
import { parseJsonBodies } from './json-body.ts'
import { describeApi } from './openapi.ts'
import { logRequests } from './request-log.ts'
import { registerResources, registerUplink } from './resources.ts'
import { serializerCompiler } from './serialization.ts'
import { createServices, type ServiceOptions } from './services.ts'
import { createTlsServer, type Certificate } from './tls.ts'
import { watchRoutes } from './unknown-route.ts'
import { validatorCompiler } from './validation.ts'

export interface ControlPlaneOptions extends ServiceOptions {
  /** See `hashToken`: the token itself is not needed here. */
  adminTokenHash: string
  dataPlaneToken: string
  feedHeartbeatMs?: number
  feedStallMs?: number
  /** How often it is looked who lags behind. */
  lagWatchMs?: number
  /** To speak HTTPS; default: plain HTTP. */
  certificate?: Certificate | null
  /** For what of the feed is too much for memory; default: the system's directory for what is temporary. */
  spoolDirectory?: string
}

/** A query that a route does not know is refused like any unknown field: `?deplyo=false` must not deploy. */
const noQuery = Type.Object({}, { additionalProperties: false })
const serverOptions = { connectionsCheckingInterval: 1_000 }
const maxBodyBytes = 2 * 1024 * 1024

/** The admin API, the change feed and the reference page. Listening is the caller's. */
export async function buildControlPlane (options: ControlPlaneOptions): Promise<FastifyInstance> {
  const app = createServer(options)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  const unknownRoute = watchRoutes(app)
  app.setNotFoundHandler(unknownRoute)
  app.addHook('onRequest', async (request, reply) => { reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' }) })
  logRequests(app)
  parseJsonBodies(app)
  answerNotModified(app)
  await describeApi(app)
  await app.register(healthRoutes, { store: options.store })
  await serveReference(app)
  const readers = new FeedReaders()
  const services = createServices(options, readers)
  app.addHook('onClose', services.close)
  const lagWatch = watchLag({ dataPlanes: services.dataPlanes, logger: options.logger, ...(options.lagWatchMs !== undefined && { intervalMs: options.lagWatchMs }) })
  app.addHook('onClose', lagWatch.close)
  const dataPlaneTokenHash = hashToken(options.dataPlaneToken)
  await app.register(feedRoutes, {
    prefix: '/v1/feed',
    store: options.store,
    readers,
    dataPlanes: services.dataPlanes,
    dataPlaneTokens: services.dataPlaneTokens,
    dataPlaneTokenHash,
    ...(options.feedHeartbeatMs !== undefined && { heartbeatMs: options.feedHeartbeatMs }),
    ...(options.feedStallMs !== undefined && { stallMs: options.feedStallMs }),
    ...(options.spoolDirectory !== undefined && { spoolDirectory: options.spoolDirectory })
  })
  await app.register(async uplink => {
    requireDataPlane(uplink, { store: options.store, tokenHash: dataPlaneTokenHash })
    uplink.setNotFoundHandler(unknownRoute)
    uplink.addHook('onRoute', route => { route.schema = { ...route.schema, hide: true } })
    await registerUplink(uplink, services)
  }, { prefix: uplinkPrefix })
  await app.register(async admin => {
    requireBearer(admin, options.adminTokenHash, 'the admin token')
    // Its own, so that the token comes first here, too.
    admin.setNotFoundHandler(unknownRoute)
    admin.addHook('onRoute', ({ schema }) => { if (schema && !schema.hide) schema.querystring ??= noQuery })
    answerWhenApplied(admin, services.dataPlanes)
    await registerResources(admin, services, options.config.baseDomain)
  }, { prefix: '/v1' })
  return app
}

function createServer ({ logger, certificate = null }: { logger: FastifyBaseLogger, certificate?: Certificate | null }): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // Made here and never taken from the caller: it finds a request in the log.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: maxBodyBytes,
    // Longer than any name, so that one that is too long is refused with a reason.
    routerOptions: { maxParamLength: 1_024 },
    keepAliveTimeout: 65_000,
    // How slow a client may be is the listener's to say.
    http: serverOptions,
    ...(certificate !== null && { serverFactory: (handler: RequestListener) => createTlsServer(certificate, serverOptions, handler) }),
    // What a connection still sends while we drain is answered; the deadline is the listener's.
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError
  })
}
