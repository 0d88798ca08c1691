import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { dataPlanesTag } from '../data-planes/routes.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { noContent } from '../schemas.ts'
import { dataPlaneToken, dataPlaneTokenDraft, dataPlaneTokenMade, dataPlaneTokenParams, representDataPlaneToken } from './schema.ts'
import type { DataPlaneTokenService } from './service.ts'

const tags = [dataPlanesTag]

/** `/v1/data-plane-tokens` */
export const dataPlaneTokenRoutes: FastifyPluginAsyncTypebox<{ service: DataPlaneTokenService }> = async (app, { service }) => {
  app.get('', {
    schema: {
      operationId: 'listDataPlaneTokens', summary: 'List the tokens of data planes', tags,
      description: 'But for the installation\'s own, which is a setting.',
      querystring: pageQuery,
      response: { 200: pageSchema('DataPlaneTokenPage', dataPlaneToken) }
    }
  }, async request => toPage(await service.list(readPage(request.query)), representDataPlaneToken))

  app.post('', {
    config: { problems: ['data_plane_token_exists', 'data_plane_token_limit_reached'] },
    schema: {
      operationId: 'createDataPlaneToken', summary: 'Make a token for data planes that see some environments alone', tags,
      body: dataPlaneTokenDraft,
      response: { 201: dataPlaneTokenMade }
    }
  }, async (request, reply) => {
    const { kept, token } = await service.create(request.body)
    return reply.code(201).headers({ 'cache-control': 'no-store' }).send({ ...representDataPlaneToken(kept), token })
  })

  app.delete('/:tokenId', {
    config: { problems: ['data_plane_token_not_found'] },
    schema: {
      operationId: 'revokeDataPlaneToken', summary: 'Revoke a token: the feeds that it opened end', tags,
      description: 'At once at this control plane, within seconds at others on the same store. What data planes hold they go on serving.',
      params: dataPlaneTokenParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    await service.revoke(request.params.tokenId)
    return reply.code(204).send(null)
  })
}
