import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { functionEtag } from '../functions/etag.ts'
import { functionParams, functionsParams, representFunction, savedFunction } from '../functions/schema.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { deletedFunction, representDeleted, restoreQuery } from './schema.ts'
import type { DeletedFunctionService } from './service.ts'

export interface DeletedFunctionRoutesOptions { service: DeletedFunctionService }

const tags = ['Functions']

/** `…/deleted-functions` and `…/functions/:functionName/restore` of `/v1/api-gateways/:gatewayId` */
export const deletedFunctionRoutes: FastifyPluginAsyncTypebox<DeletedFunctionRoutesOptions> = async (app, { service }) => {
  app.get('/deleted-functions', {
    config: { problems: ['api_gateway_not_found'] },
    schema: {
      operationId: 'listDeletedFunctions', summary: 'List the functions that were deleted and can be restored', tags,
      params: functionsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('DeletedCloudFunctionPage', deletedFunction) }
    }
  }, async request => toPage(await service.list(request.params.gatewayId, readPage(request.query)), representDeleted))

  app.get('/deleted-functions/:functionName', {
    config: { problems: ['api_gateway_not_found', 'function_not_found'] },
    schema: {
      operationId: 'getDeletedFunction', summary: 'Read a function that was deleted', tags,
      params: functionParams,
      response: { 200: deletedFunction }
    }
  }, async (request, reply) => {
    const deleted = await service.get(request.params)
    tag(reply, deleted.revision, functionEtag(deleted))
    return representDeleted(deleted)
  })

  app.post('/functions/:functionName/restore', {
    config: { problems: ['api_gateway_not_found', 'function_not_found', 'function_exists', 'route_conflict', 'function_not_deployable', 'canary_in_progress', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'restoreFunction', summary: 'Restore a function that was deleted, and deploy it to dev', tags,
      description: 'As it was, with all of its versions; other environments serve what they did. For 30 days, and until a function of its name is saved.',
      params: functionParams,
      querystring: restoreQuery,
      response: { 201: savedFunction }
    }
  }, async (request, reply) => {
    const { params, query: { deploy = true }, headers } = request
    const { fn, release, revision } = await service.restore(params, { deploy, precondition: readPrecondition(headers) })
    written(reply, revision, functionEtag(fn))
    return await reply.code(201).send({ ...representFunction(fn), release, preview: null })
  })
}
