import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { functionParams } from '../functions/schema.ts'
import { noContent } from '../schemas.ts'
import { invocation, invocationDraft, invocationResult, invocationTag, representInvocation } from './schema.ts'
import type { InvocationService } from './service.ts'

export interface InvocationRoutesOptions { service: InvocationService }

/** A result: the response in Base64, and the log. */
const maxResultBytes = 4 * 1024 * 1024

/** `/v1/api-gateways/:gatewayId/functions/:functionName/invoke` */
export const invocationRoutes: FastifyPluginAsyncTypebox<InvocationRoutesOptions> = async (app, { service }) => {
  app.post('', {
    config: {
      problems: [
        'api_gateway_not_found', 'environment_not_found', 'function_not_found', 'build_failed', 'registry_unavailable', 'too_many_requests',
        'no_data_plane', 'invocation_timeout'
      ]
    },
    schema: {
      operationId: 'invokeFunction', summary: 'Run unpublished source once', tags: [invocationTag],
      description: 'In the chosen environment, with its variables and secrets. Nothing is saved. A function that fails is a 200 with `error`.',
      params: functionParams,
      body: invocationDraft,
      response: { 200: invocation }
    }
  }, async (request, reply) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    return representInvocation(await service.invoke(request.params, request.body, gone.signal))
  })
}

/** `/v1/data-plane/invocations` */
export const invocationResultRoutes: FastifyPluginAsyncTypebox<InvocationRoutesOptions> = async (app, { service }) => {
  app.post('/:id/result', {
    bodyLimit: maxResultBytes,
    schema: {
      params: Type.Object({ id: Type.String({ maxLength: 100 }) }, { additionalProperties: false }),
      body: invocationResult,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    service.settle(request.params.id, request.body, request.dataPlane.environments)
    return reply.code(204).send(null)
  })
}
