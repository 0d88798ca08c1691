import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { written } from '../answers.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef } from '../schemas.ts'
import { promotion, release, releasesParams, representRelease } from './schema.ts'
import type { ReleaseService } from './service.ts'

export interface ReleaseRoutesOptions { service: ReleaseService }

const tags = ['Releases']

/** `/v1/api-gateways/:gatewayId/environments/:envName/releases` */
export const releaseRoutes: FastifyPluginAsyncTypebox<ReleaseRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'listReleases', summary: 'List the releases of an environment, newest first', tags,
      params: releasesParams,
      querystring: pageQuery,
      response: { 200: pageSchema('ReleasePage', release) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), representRelease))

  app.post('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found', 'nothing_to_promote', 'conflict'] },
    schema: {
      operationId: 'promote', summary: 'Promote another environment\'s functions to this one', tags,
      description: 'All functions that `from` serves are served here, too. Clients, keys and variables stay what they are.',
      params: releasesParams,
      body: promotion,
      response: { 201: release }
    }
  }, async (request, reply) => {
    const { release, revision } = await service.promote(environmentRef(request.params), request.body)
    written(reply, revision)
    return reply.code(201).send(representRelease(release))
  })
}
