import type { FastifyInstance } from 'fastify'
import { canariesMatter } from '#shared/canaries.ts'
import { quotaMatter } from '#shared/quotas.ts'
import { tracesMatter } from '#shared/request-traces.ts'
import { apiGatewayRoutes } from './api-gateways/routes.ts'
import { cacheRoutes } from './cache/routes.ts'
import { canaryRoutes } from './canaries/routes.ts'
import { canaryUplink } from './canaries/uplink.ts'
import { clientRoutes } from './clients/routes.ts'
import { dataPlaneTokenRoutes } from './data-plane-tokens/routes.ts'
import { dataPlaneRoutes } from './data-planes/routes.ts'
import { dataPlaneUplink, requireOwnNode } from './data-planes/uplink.ts'
import { debugTokenRoutes } from './debug-tokens/routes.ts'
import { declarationRoutes } from './declarations/routes.ts'
import { deletedFunctionRoutes } from './deleted-functions/routes.ts'
import { environmentRoutes } from './environments/routes.ts'
import { functionRoutes } from './functions/routes.ts'
import { invocationResultRoutes, invocationRoutes } from './invocations/routes.ts'
import { kvRoutes } from './kv/routes.ts'
import { kvUplink } from './kv/uplink.ts'
import { logRoutes } from './logs/routes.ts'
import { logUplink } from './logs/uplink.ts'
import { openApiRoutes } from './openapi-documents/routes.ts'
import { previewRoutes } from './previews/routes.ts'
import { requestTraceRoutes } from './request-traces/routes.ts'
import { requestTraceUplink } from './request-traces/uplink.ts'
import { refusalRoutes } from './refusals/routes.ts'
import { refusalUplink } from './refusals/uplink.ts'
import { releaseRoutes } from './releases/routes.ts'
import { scheduleRoutes } from './schedules/routes.ts'
import { scheduleUplink } from './schedules/uplink.ts'
import type { Services } from './services.ts'
import { upstreamRoutes } from './upstreams/routes.ts'
import { quotaRoutes } from './quotas/routes.ts'
import { quotaUplink } from './quotas/uplink.ts'
import { usageRoutes } from './usage/routes.ts'
import { usageUplink } from './usage/uplink.ts'
import { variableRoutes } from './variables/routes.ts'

/** Where owners find what: everything below `/v1`. */
export async function registerResources (app: FastifyInstance, services: Services, baseDomain: string): Promise<void> {
  const gateway = '/api-gateways/:gatewayId'
  const environment = `${gateway}/environments/:envName`
  await app.register(apiGatewayRoutes, { prefix: '/api-gateways', service: services.apiGateways, baseDomain })
  await app.register(declarationRoutes, { prefix: gateway, service: services.declarations })
  await app.register(openApiRoutes, { prefix: gateway, service: services.openApi })
  await app.register(environmentRoutes, { prefix: `${gateway}/environments`, service: services.environments, baseDomain })
  await app.register(clientRoutes, { prefix: `${environment}/clients`, service: services.clients })
  await app.register(variableRoutes, { prefix: `${environment}/variables`, service: services.variables })
  await app.register(upstreamRoutes, { prefix: `${environment}/upstreams`, service: services.upstreams })
  await app.register(kvRoutes, { prefix: `${environment}/kv`, service: services.kv })
  await app.register(scheduleRoutes, { prefix: environment, service: services.schedules })
  await app.register(releaseRoutes, { prefix: environment, service: services.releases, baseDomain })
  await app.register(canaryRoutes, { prefix: `${environment}/canary`, service: services.canaries })
  await app.register(previewRoutes, { prefix: `${environment}/previews`, service: services.previews, baseDomain })
  await app.register(cacheRoutes, { prefix: `${environment}/cache`, service: services.cache })
  await app.register(logRoutes, { prefix: `${environment}/logs`, service: services.logs })
  await app.register(quotaRoutes, { prefix: environment, service: services.quotas })
  await app.register(usageRoutes, { prefix: `${environment}/usage`, service: services.usage })
  await app.register(debugTokenRoutes, { prefix: `${environment}/debug-tokens`, service: services.debugTokens })
  await app.register(requestTraceRoutes, { prefix: `${environment}/requests`, service: services.requestTraces })
  await app.register(refusalRoutes, { prefix: `${environment}/refusals`, service: services.refusals })
  await app.register(functionRoutes, { prefix: `${gateway}/functions`, service: services.functions, baseDomain })
  await app.register(deletedFunctionRoutes, { prefix: gateway, service: services.deletedFunctions })
  await app.register(dataPlaneTokenRoutes, { prefix: '/data-plane-tokens', service: services.dataPlaneTokens })
  await app.register(dataPlaneRoutes, { prefix: '/data-planes', service: services.dataPlanes })
  await app.register(invocationRoutes, { prefix: `${gateway}/functions/:functionName/invoke`, service: services.invocations })
}

/** What data planes ask and tell: everything below `/v1/data-plane`. */
export async function registerUplink (app: FastifyInstance, services: Services): Promise<void> {
  await app.register(kvUplink, { prefix: '/kv', service: services.kv })
  await app.register(scheduleUplink, { prefix: '/schedule-runs', claims: services.claims })
  await app.register(invocationResultRoutes, { prefix: '/invocations', service: services.invocations })
  await app.register(requestTraceUplink, { prefix: tracesMatter, service: services.requestTraces })
  await app.register(canaryUplink, { prefix: canariesMatter, judge: services.canaryJudge })
  await app.register(async nodes => {
    requireOwnNode(nodes, services.dataPlanes)
    await nodes.register(dataPlaneUplink, { service: services.dataPlanes })
    await nodes.register(refusalUplink, { service: services.refusals })
  }, { prefix: '/nodes' })
  await app.register(logUplink, { prefix: '/logs', service: services.logs })
  await app.register(quotaUplink, { prefix: quotaMatter, service: services.quotas })
  await app.register(usageUplink, { prefix: '/usage', service: services.usage })
}
