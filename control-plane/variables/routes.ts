import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef, noContent } from '../schemas.ts'
import { representVariable, variable, variableDraft, variableParams, variablesParams } from './schema.ts'
import type { VariableService } from './service.ts'

export interface VariableRoutesOptions { service: VariableService }

const tags = ['Variables']
const withoutEnvironment = ['api_gateway_not_found', 'environment_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/variables` */
export const variableRoutes: FastifyPluginAsyncTypebox<VariableRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: [...withoutEnvironment] },
    schema: {
      operationId: 'listVariables', summary: 'List the variables of an environment', tags,
      params: variablesParams,
      querystring: pageQuery,
      response: { 200: pageSchema('VariablePage', variable) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), representVariable))

  app.get('/:variableName', {
    config: { problems: [...withoutEnvironment, 'variable_not_found'] },
    schema: {
      operationId: 'getVariable', summary: 'Read a variable', tags,
      params: variableParams,
      response: { 200: variable }
    }
  }, async (request, reply) => {
    const found = await service.get(environmentRef(request.params), request.params.variableName)
    tag(reply, found.revision)
    return representVariable(found)
  })

  app.put('/:variableName', {
    config: { problems: [...withoutEnvironment, 'variable_limit_reached', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'putVariable', summary: 'Set a variable or a secret', tags,
      description: 'A secret stays one until it is put with `secret: false` and a value.',
      params: variableParams,
      body: variableDraft,
      response: { 200: variable, 201: variable }
    }
  }, async (request, reply) => {
    const { params, body, headers } = request
    const { variable, created } = await service.put(environmentRef(params), params.variableName, body, readPrecondition(headers))
    written(reply, variable.revision)
    return reply.code(created ? 201 : 200).send(representVariable(variable))
  })

  app.delete('/:variableName', {
    config: { problems: [...withoutEnvironment, 'variable_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteVariable', summary: 'Remove a variable', tags,
      params: variableParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(environmentRef(request.params), request.params.variableName, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })
}
