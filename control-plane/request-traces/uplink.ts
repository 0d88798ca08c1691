import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { noContent } from '../schemas.ts'
import { traceAnswer } from './schema.ts'
import type { RequestTraceService } from './service.ts'

/** Of a hundred requests with long paths, or of one with all that it has met. */
const maxAnswerBytes = 2 * 1024 * 1024

/** `/v1/data-plane/request-traces/:id`: what a data plane knows of the requests that it was asked for. */
export const requestTraceUplink: FastifyPluginAsyncTypebox<{ service: RequestTraceService }> = async (app, { service }) => {
  app.post('/:id', {
    bodyLimit: maxAnswerBytes,
    schema: {
      params: Type.Object({ id: Type.String({ maxLength: 100 }) }, { additionalProperties: false }),
      body: traceAnswer,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    service.settle(request.params.id, request.body, request.dataPlane.environments)
    return reply.code(204).send(null)
  })
}
