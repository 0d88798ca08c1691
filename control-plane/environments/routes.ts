import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { patchValidatorCompiler, type Patch } from '../patch.ts'
import { environmentRef, mergePatchBody, noContent } from '../schemas.ts'
import {
  environment, environmentDraft, environmentEtag, environmentParams, environmentsParams, newEnvironment, representEnvironment
} from './schema.ts'
import type { EnvironmentService } from './service.ts'

export interface EnvironmentRoutesOptions { service: EnvironmentService, baseDomain: string }

const tags = ['Environments']

/** `/v1/api-gateways/:gatewayId/environments` */
export const environmentRoutes: FastifyPluginAsyncTypebox<EnvironmentRoutesOptions> = async (app, { service, baseDomain }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found'] },
    schema: {
      operationId: 'listEnvironments', summary: 'List the environments of a gateway', tags,
      params: environmentsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('EnvironmentPage', environment) }
    }
  }, async request => toPage(
    await service.list(request.params.gatewayId, readPage(request.query)), placed => representEnvironment(placed, baseDomain)
  ))

  app.post('', {
    config: { problems: ['api_gateway_not_found', 'environment_exists'] },
    schema: {
      operationId: 'createEnvironment', summary: 'Add an environment', tags,
      params: environmentsParams,
      body: newEnvironment,
      response: { 201: environment }
    }
  }, async (request, reply) => {
    const placed = await service.create(request.params.gatewayId, request.body)
    const { gatewayId, name, revision } = placed.environment
    written(reply, revision, environmentEtag(placed))
    return reply.code(201).header('location', `/v1/api-gateways/${gatewayId}/environments/${name}`).send(representEnvironment(placed, baseDomain))
  })

  app.get('/:envName', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'getEnvironment', summary: 'Read an environment', tags,
      params: environmentParams,
      response: { 200: environment }
    }
  }, async (request, reply) => {
    const placed = await service.get(environmentRef(request.params))
    tag(reply, placed.environment.revision, environmentEtag(placed))
    return representEnvironment(placed, baseDomain)
  })

  app.patch('/:envName', {
    validatorCompiler: patchValidatorCompiler,
    config: { problems: ['api_gateway_not_found', 'environment_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'updateEnvironment', summary: 'Change an environment', tags,
      params: environmentParams,
      body: mergePatchBody(environmentDraft),
      response: { 200: environment }
    }
  }, async (request, reply) => {
    const placed = await service.patch(environmentRef(request.params), request.body as Patch, readPrecondition(request.headers))
    written(reply, placed.environment.revision, environmentEtag(placed))
    return representEnvironment(placed, baseDomain)
  })

  app.delete('/:envName', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found', 'environment_is_default', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteEnvironment', summary: 'Delete an environment with its clients, variables and releases', tags,
      params: environmentParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(environmentRef(request.params), readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })
}
