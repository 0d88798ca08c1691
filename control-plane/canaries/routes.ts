import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { patchValidatorCompiler, type Patch } from '../patch.ts'
import { environmentRef, mergePatchBody, noContent } from '../schemas.ts'
import { canaryDraft, canaryParams, canaryState, dropQuery, representCanary } from './schema.ts'
import { canaryEtag, type CanaryService, type CanaryState } from './service.ts'

export interface CanaryRoutesOptions { service: CanaryService }

const tags = ['Releases']
const notFound = ['api_gateway_not_found', 'environment_not_found'] as const
const refusals = [...notFound, 'canary_not_found', 'precondition_failed', 'conflict'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/canary` */
export const canaryRoutes: FastifyPluginAsyncTypebox<CanaryRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'getCanary', summary: 'Read the canary of an environment, and what it has answered', tags,
      params: canaryParams,
      response: { 200: canaryState }
    }
  }, async (request, reply) => {
    const state = await service.get(environmentRef(request.params))
    tag(reply, state.environment.revision, canaryEtag(state))
    return representCanary(state)
  })

  app.patch('', {
    validatorCompiler: patchValidatorCompiler,
    config: { problems: [...refusals] },
    schema: {
      operationId: 'updateCanary', summary: 'Change the share that a canary takes, or its rule', tags,
      params: canaryParams,
      body: mergePatchBody(canaryDraft),
      response: { 200: canaryState }
    }
  }, async (request, reply) => changed(reply, await service.patch(environmentRef(request.params), request.body as Patch, readPrecondition(request.headers))))

  app.post('/finish', {
    config: { problems: [...refusals] },
    schema: {
      operationId: 'finishCanary', summary: 'Serve the release of the canary to everybody', tags,
      params: canaryParams,
      response: { 200: canaryState }
    }
  }, async (request, reply) => changed(reply, await service.finish(environmentRef(request.params), readPrecondition(request.headers))))

  app.delete('', {
    config: { problems: [...refusals] },
    schema: {
      operationId: 'dropCanary', summary: 'Drop a canary: its share goes back to the release that is served', tags,
      params: canaryParams,
      querystring: dropQuery,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    const { environment } = await service.drop(environmentRef(request.params), request.query.reason ?? '', readPrecondition(request.headers))
    removed(reply, environment.revision)
    return reply.code(204).send(null)
  })
}

function changed (reply: FastifyReply, state: CanaryState): ReturnType<typeof representCanary> {
  written(reply, state.environment.revision, canaryEtag(state))
  return representCanary(state)
}
