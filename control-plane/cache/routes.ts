import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed } from '../answers.ts'
import { environmentRef, noContent } from '../schemas.ts'
import { cacheParams, cachePurge } from './schema.ts'
import type { CacheService } from './service.ts'

const description = 'What is kept in any data plane is not given out any more once it has applied the revision of this; nor is what was asked for before and comes later. With `?wait=applied` that is so when this is answered.'

/** `/v1/api-gateways/:gatewayId/environments/:envName/cache` */
export const cacheRoutes: FastifyPluginAsyncTypebox<{ service: CacheService }> = async (app, { service }) => {
  app.post('/purge', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'purgeCache', summary: 'Forget answers that are kept', tags: ['Environments'], description,
      params: cacheParams,
      body: cachePurge,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.purge(environmentRef(request.params), request.body))
    return reply.code(204).send(null)
  })
}
