import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { noContent } from '../schemas.ts'
import { functionEtag } from './etag.ts'
import { readTarget } from './placement.ts'
import {
  cloudFunction, cloudFunctionWithFiles, functionDraft, functionParams, functionsParams, functionVersion,
  representFunction, representFunctionWithFiles, representSaved, representVersion, savedFunction, saveQuery
} from './schema.ts'
import type { FunctionService } from './service.ts'

export interface FunctionRoutesOptions { service: FunctionService, baseDomain: string }

const tags = ['Functions']
const notFound = ['api_gateway_not_found', 'function_not_found'] as const

/** `/v1/api-gateways/:gatewayId/functions` */
export const functionRoutes: FastifyPluginAsyncTypebox<FunctionRoutesOptions> = async (app, { service, baseDomain }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found'] },
    schema: {
      operationId: 'listFunctions', summary: 'List the functions of a gateway', tags,
      params: functionsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('CloudFunctionPage', cloudFunction) }
    }
  }, async request => toPage(await service.list(request.params.gatewayId, readPage(request.query)), representFunction))

  app.get('/:functionName', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'getFunction', summary: 'Read a function with the files of its newest version', tags,
      params: functionParams,
      response: { 200: cloudFunctionWithFiles }
    }
  }, async (request, reply) => {
    const { fn, version } = await service.getWithFiles(request.params)
    tag(reply, fn.revision, functionEtag(fn))
    return representFunctionWithFiles(fn, version)
  })

  app.put('/:functionName', {
    config: {
      problems: [
        'api_gateway_not_found', 'build_failed', 'registry_unavailable', 'too_many_requests',
        'route_conflict', 'function_not_deployable', 'canary_in_progress',
        'environment_not_found', 'preview_limit_reached', 'precondition_failed', 'conflict'
      ]
    },
    schema: {
      operationId: 'putFunction', summary: 'Save a function and deploy it to dev', tags,
      description: 'The same content again makes no new version and no new release. With `preview` dev stays what it is, and the answer says where the version is served.',
      params: functionParams,
      querystring: saveQuery,
      body: functionDraft,
      response: { 200: savedFunction, 201: savedFunction }
    }
  }, async (request, reply) => {
    const { params, query, body, headers } = request
    const { updateDependencies = false } = query
    const saved = await service.save(params, body, { target: readTarget(query), updateDependencies, precondition: readPrecondition(headers) })
    written(reply, saved.revision, functionEtag(saved.fn))
    return reply.code(saved.created ? 201 : 200).send(representSaved(saved, baseDomain))
  })

  app.delete('/:functionName', {
    config: { problems: [...notFound, 'canary_in_progress', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteFunction', summary: 'Delete a function, and take it from dev', tags,
      description: 'Other environments serve what was released to them until the next promotion.',
      params: functionParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(request.params, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })

  app.get('/:functionName/versions', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'listFunctionVersions', summary: 'List the versions of a function, newest first', tags,
      params: functionParams,
      querystring: pageQuery,
      response: { 200: pageSchema('FunctionVersionPage', functionVersion) }
    }
  }, async request => toPage(await service.listVersions(request.params, readPage(request.query)), representVersion))
}
