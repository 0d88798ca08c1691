import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef, noContent } from '../schemas.ts'
import { representUpstream, upstream, upstreamDraft, upstreamParams, upstreamsParams } from './schema.ts'
import type { UpstreamService } from './service.ts'

export interface UpstreamRoutesOptions { service: UpstreamService }

const tags = ['Upstreams']
const withoutEnvironment = ['api_gateway_not_found', 'environment_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/upstreams` */
export const upstreamRoutes: FastifyPluginAsyncTypebox<UpstreamRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: [...withoutEnvironment] },
    schema: {
      operationId: 'listUpstreams', summary: 'List the upstreams of an environment', tags,
      params: upstreamsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('UpstreamPage', upstream) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), representUpstream))

  app.get('/:upstreamName', {
    config: { problems: [...withoutEnvironment, 'upstream_not_found'] },
    schema: {
      operationId: 'getUpstream', summary: 'Read an upstream', tags,
      params: upstreamParams,
      response: { 200: upstream }
    }
  }, async (request, reply) => {
    const found = await service.get(environmentRef(request.params), request.params.upstreamName)
    tag(reply, found.revision)
    return representUpstream(found)
  })

  app.put('/:upstreamName', {
    config: { problems: [...withoutEnvironment, 'upstream_limit_reached', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'putUpstream', summary: 'Say where an upstream is', tags,
      description: 'Holds from the next request on, without a release. Time-outs that are left out have their defaults.',
      params: upstreamParams,
      body: upstreamDraft,
      response: { 200: upstream, 201: upstream }
    }
  }, async (request, reply) => {
    const { params, body, headers } = request
    const { upstream, created } = await service.put(environmentRef(params), params.upstreamName, body, readPrecondition(headers))
    written(reply, upstream.revision)
    return reply.code(created ? 201 : 200).send(representUpstream(upstream))
  })

  app.delete('/:upstreamName', {
    config: { problems: [...withoutEnvironment, 'upstream_not_found', 'upstream_in_use', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteUpstream', summary: 'Remove an upstream that nothing goes to', tags,
      params: upstreamParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(environmentRef(request.params), request.params.upstreamName, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })
}
