import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { patchValidatorCompiler, type Patch } from '../patch.ts'
import { mergePatchBody, noContent } from '../schemas.ts'
import { apiGateway, apiGatewayDraft, gatewayParams, newApiGateway, representApiGateway } from './schema.ts'
import type { ApiGatewayService } from './service.ts'

export interface ApiGatewayRoutesOptions { service: ApiGatewayService, baseDomain: string }

const tags = ['Gateways']

/** `/v1/api-gateways` */
export const apiGatewayRoutes: FastifyPluginAsyncTypebox<ApiGatewayRoutesOptions> = async (app, { service, baseDomain }) => {
  app.get('', {
    schema: {
      operationId: 'listApiGateways', summary: 'List gateways', tags,
      querystring: pageQuery,
      response: { 200: pageSchema('ApiGatewayPage', apiGateway) }
    }
  }, async request => toPage(await service.list(readPage(request.query)), gateway => representApiGateway(gateway, baseDomain)))

  app.post('', {
    config: { problems: ['api_gateway_exists'] },
    schema: {
      operationId: 'createApiGateway', summary: 'Make a gateway', tags,
      description: 'With it are made its environments dev, staging and prod.',
      body: newApiGateway,
      response: { 201: apiGateway }
    }
  }, async (request, reply) => {
    const gateway = await service.create(request.body)
    written(reply, gateway.revision)
    return reply.code(201).header('location', `${app.prefix}/${gateway.id}`).send(representApiGateway(gateway, baseDomain))
  })

  app.get('/:gatewayId', {
    config: { problems: ['api_gateway_not_found'] },
    schema: {
      operationId: 'getApiGateway', summary: 'Read a gateway', tags,
      params: gatewayParams,
      response: { 200: apiGateway }
    }
  }, async (request, reply) => {
    const gateway = await service.get(request.params.gatewayId)
    tag(reply, gateway.revision)
    return representApiGateway(gateway, baseDomain)
  })

  app.patch('/:gatewayId', {
    validatorCompiler: patchValidatorCompiler,
    config: { problems: ['api_gateway_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'updateApiGateway', summary: 'Change a gateway', tags,
      params: gatewayParams,
      body: mergePatchBody(apiGatewayDraft),
      response: { 200: apiGateway }
    }
  }, async (request, reply) => {
    const gateway = await service.patch(request.params.gatewayId, request.body as Patch, readPrecondition(request.headers))
    written(reply, gateway.revision)
    return representApiGateway(gateway, baseDomain)
  })

  app.delete('/:gatewayId', {
    config: { problems: ['api_gateway_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteApiGateway', summary: 'Delete a gateway and all that is in it', tags,
      params: gatewayParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(request.params.gatewayId, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })
}
