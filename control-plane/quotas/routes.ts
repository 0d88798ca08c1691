import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed } from '../answers.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef, noContent } from '../schemas.ts'
import { clientQuotasParams, quotasParams, quotaState, quotaStates, representQuota } from './schema.ts'
import type { QuotaService } from './service.ts'

export interface QuotaRoutesOptions { service: QuotaService }

const tags = ['Usage']
const notFound = ['api_gateway_not_found', 'environment_not_found'] as const
const resetting = 'What was used in the period that runs is forgotten. Data planes begin anew as soon as they have applied the revision that is answered in `x-imprun-revision`.'

/** `/v1/api-gateways/:gatewayId/environments/:envName`: its quotas, and those of its clients. */
export const quotaRoutes: FastifyPluginAsyncTypebox<QuotaRoutesOptions> = async (app, { service }) => {
  app.get('/quotas', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'listQuotas', summary: 'List what is used of quotas', tags,
      description: 'By client; a page has those of as many clients as `limit` says. On the first page those of the environment as a whole come before.',
      params: quotasParams,
      querystring: pageQuery,
      response: { 200: pageSchema('QuotaStatePage', quotaState) }
    }
  }, async ({ params, query }) => toPage(await service.list(environmentRef(params), readPage(query)), representQuota))

  app.post('/quotas/reset', {
    config: { problems: [...notFound, 'conflict'] },
    schema: {
      operationId: 'resetQuotas', summary: 'Begin the quotas of the environment as a whole anew', tags, description: `${resetting} Those of clients go on.`,
      params: quotasParams,
      response: { 204: noContent }
    }
  }, async ({ params }, reply) => {
    removed(reply, await service.resetEnvironment(environmentRef(params)))
    return reply.code(204).send(null)
  })

  app.get('/clients/:clientId/quotas', {
    config: { problems: [...notFound, 'client_not_found'] },
    schema: {
      operationId: 'listClientQuotas', summary: 'Read what a client has used of its quotas', tags,
      params: clientQuotasParams,
      response: { 200: quotaStates }
    }
  }, async ({ params }) => ({ items: (await service.ofClient(environmentRef(params), params.clientId)).map(representQuota) }))

  app.post('/clients/:clientId/quotas/reset', {
    config: { problems: [...notFound, 'client_not_found', 'conflict'] },
    schema: {
      operationId: 'resetClientQuotas', summary: 'Begin the quotas of a client anew', tags, description: resetting,
      params: clientQuotasParams,
      response: { 204: noContent }
    }
  }, async ({ params }, reply) => {
    removed(reply, await service.resetClient(environmentRef(params), params.clientId))
    return reply.code(204).send(null)
  })
}
