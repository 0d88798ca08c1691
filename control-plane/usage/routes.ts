import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef } from '../schemas.ts'
import { representUsage, routeUsage, usageParams, usageQuery } from './schema.ts'
import type { UsageService } from './service.ts'

export interface UsageRoutesOptions { service: UsageService }

const description = 'Requests that were refused before they reached a route (401, 404, 405, 429) are not in it. Data planes tell of what they have seen about every 30 s.'

/** `/v1/api-gateways/:gatewayId/environments/:envName/usage` */
export const usageRoutes: FastifyPluginAsyncTypebox<UsageRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'listUsage', summary: 'List the routes that are in use, by path', tags: ['Usage'], description,
      params: usageParams,
      querystring: usageQuery,
      response: { 200: pageSchema('RouteUsagePage', routeUsage) }
    }
  }, async ({ params, query }) => toPage(await service.list(environmentRef(params), query.days ?? 7, readPage(query)), representUsage))
}
