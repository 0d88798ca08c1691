import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { environmentRef } from '../schemas.ts'
import { refusalList, refusalParams } from './schema.ts'
import type { RefusalService } from './service.ts'

const description = 'A data plane that cannot serve what it is sent serves what it had before, and says why. Told within a moment, and no longer listed once something newer is taken.'

/** `/v1/api-gateways/:gatewayId/environments/:envName/refusals` */
export const refusalRoutes: FastifyPluginAsyncTypebox<{ service: RefusalService }> = async (app, { service }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'listRefusals', summary: 'List what data planes could not take', tags: ['Environments'], description,
      params: refusalParams,
      response: { 200: refusalList }
    }
  }, async ({ params }) => ({ items: await service.list(environmentRef(params)) }))
}
