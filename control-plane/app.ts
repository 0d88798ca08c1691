import { randomUUID } from 'node:crypto'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Clock } from '#shared/clock.ts'
import type { Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import type { SecretBox } from '#shared/secret-box.ts'
import { uplinkPrefix } from '#shared/uplink.ts'
import { apiGatewayRoutes } from './api-gateways/routes.ts'
import { ApiGatewayService } from './api-gateways/service.ts'
import { hashToken, requireBearer } from './bearer.ts'
import { Compiler } from './build/compiler.ts'
import { answerClientError } from './client-error.ts'
import { clientRoutes } from './clients/routes.ts'
import { ClientService } from './clients/service.ts'
import { answerNotModified } from './conditional.ts'
import { serveReference } from './docs.ts'
import { environmentRoutes } from './environments/routes.ts'
import { EnvironmentService } from './environments/service.ts'
import { answerError } from './errors.ts'
import { FeedReaders } from './feed/readers.ts'
import { feedRoutes } from './feed/routes.ts'
import { functionRoutes } from './functions/routes.ts'
import { FunctionBuilder } from './functions/builder.ts'
import { FunctionService } from './functions/service.ts'
import { healthRoutes } from './health.ts'
import { invocationResultRoutes, invocationRoutes } from './invocations/routes.ts'
import { InvocationService } from './invocations/service.ts'
import { WaitingInvocations } from './invocations/waiting.ts'
import { parseJsonBodies } from './json-body.ts'
import { KvService } from './kv/service.ts'
import { kvRoutes } from './kv/routes.ts'
import { kvUplink } from './kv/uplink.ts'
import { describeApi } from './openapi.ts'
import { logRoutes } from './logs/routes.ts'
import { LogService } from './logs/service.ts'
import { logUplink } from './logs/uplink.ts'
import type { PackageLimits } from './packages/messages.ts'
import { Packages } from './packages/packages.ts'
import { releaseRoutes } from './releases/routes.ts'
import { ReleaseService } from './releases/service.ts'
import { logRequests } from './request-log.ts'
import { ScheduleClaims } from './schedules/claims.ts'
import { scheduleRoutes } from './schedules/routes.ts'
import { ScheduleService } from './schedules/service.ts'
import { scheduleUplink } from './schedules/uplink.ts'
import type { LogStore } from './store/log-store.ts'
import type { Store } from './store/store.ts'
import { watchRoutes } from './unknown-route.ts'
import { validatorCompiler } from './validation.ts'
import { variableRoutes } from './variables/routes.ts'
import { VariableService } from './variables/service.ts'

export interface ControlPlaneOptions {
  /** The caller's to open and to close. */
  store: Store
  /** The caller's, too. */
  logStore: LogStore
  config: Pick<Config, 'baseDomain' | 'keyPepper' | 'npmRegistry' | 'npmConnection'>
  clock: Clock
  logger: Logger
  secretBox: SecretBox
  /** See `hashToken`: the token itself is not needed here. */
  adminTokenHash: string
  dataPlaneToken: string
  feedHeartbeatMs?: number
  logHeartbeatMs?: number
  packageLimits?: Partial<PackageLimits>
}

/** A query that a route does not know is refused like any unknown field: `?deplyo=false` must not deploy. */
const noQuery = Type.Object({}, { additionalProperties: false })
/** Shorter than what proxies commonly wait. */
const logHeartbeatMs = 15_000
const maxBodyBytes = 2 * 1024 * 1024

/** The admin API, the change feed and the reference page. Listening is the caller's. */
export async function buildControlPlane (options: ControlPlaneOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = options.logger
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // Made here and never taken from the caller: it finds a request in the log.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: maxBodyBytes,
    // Longer than any name, so that one that is too long is refused with a reason.
    routerOptions: { maxParamLength: 1_024 },
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 20_000 },
    // What a connection still sends while we drain is answered; the deadline is the listener's.
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError
  })
  app.setValidatorCompiler(validatorCompiler)
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
  const builder = openBuilder(app, options)
  const invocations = new InvocationService({ store: options.store, builder, waiting: new WaitingInvocations(readers) })
  const dataPlaneTokenHash = hashToken(options.dataPlaneToken)
  await app.register(feedRoutes, {
    prefix: '/v1/feed',
    store: options.store,
    readers,
    dataPlaneTokenHash,
    ...(options.feedHeartbeatMs !== undefined && { heartbeatMs: options.feedHeartbeatMs })
  })
  const logs = new LogService({ store: options.store, logStore: options.logStore, heartbeatMs: options.logHeartbeatMs ?? logHeartbeatMs })
  await app.register(async uplink => {
    requireBearer(uplink, dataPlaneTokenHash, 'the data-plane token')
    uplink.setNotFoundHandler(unknownRoute)
    uplink.addHook('onRoute', route => { route.schema = { ...route.schema, hide: true } })
    await uplink.register(kvUplink, { prefix: '/kv', service: new KvService(options) })
    await uplink.register(scheduleUplink, { prefix: '/schedule-runs', claims: new ScheduleClaims(options) })
    await uplink.register(invocationResultRoutes, { prefix: '/invocations', service: invocations })
    await uplink.register(logUplink, { prefix: '/logs', service: logs })
  }, { prefix: uplinkPrefix })
  await app.register(async admin => {
    requireBearer(admin, options.adminTokenHash, 'the admin token')
    // Its own, so that the token comes first here, too.
    admin.setNotFoundHandler(unknownRoute)
    admin.addHook('onRoute', ({ schema }) => { if (schema && !schema.hide) schema.querystring ??= noQuery })
    await registerResources(admin, options, builder)
    await admin.register(logRoutes, { prefix: '/api-gateways/:gatewayId/environments/:envName/logs', service: logs })
    await admin.register(invocationRoutes, { prefix: '/api-gateways/:gatewayId/functions/:functionName/invoke', service: invocations })
  }, { prefix: '/v1' })
  return app
}

function openBuilder (app: FastifyInstance, { store, packageLimits, config: { npmRegistry, npmConnection } }: ControlPlaneOptions): FunctionBuilder {
  const compiler = new Compiler()
  const packages = new Packages({ registry: npmRegistry, connection: npmConnection, limits: packageLimits })
  app.addHook('onClose', async () => {
    await packages.close()
    await compiler.close()
  })
  return new FunctionBuilder({ store, compiler, packages })
}

async function registerResources (app: FastifyInstance, options: ControlPlaneOptions, builder: FunctionBuilder): Promise<void> {
  const { store, clock, secretBox, config: { baseDomain, keyPepper } } = options
  const gateway = '/api-gateways/:gatewayId'
  const environment = `${gateway}/environments/:envName`
  await app.register(apiGatewayRoutes, { prefix: '/api-gateways', service: new ApiGatewayService({ store, clock }), baseDomain })
  await app.register(environmentRoutes, { prefix: `${gateway}/environments`, service: new EnvironmentService({ store, clock }), baseDomain })
  await app.register(clientRoutes, { prefix: `${environment}/clients`, service: new ClientService({ store, clock, keyPepper }) })
  await app.register(variableRoutes, { prefix: `${environment}/variables`, service: new VariableService({ store, clock, secretBox }) })
  await app.register(kvRoutes, { prefix: `${environment}/kv`, service: new KvService({ store }) })
  await app.register(scheduleRoutes, { prefix: environment, service: new ScheduleService({ store, clock }) })
  await app.register(releaseRoutes, { prefix: environment, service: new ReleaseService({ store, clock }) })
  await app.register(functionRoutes, { prefix: `${gateway}/functions`, service: new FunctionService({ store, clock, builder }) })
}
