import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { nodeParams } from '../data-planes/schema.ts'
import { refusalReport } from './schema.ts'
import type { RefusalService } from './service.ts'

/** `/v1/data-plane/nodes/:nodeId/refusals`: what a data plane could not take. */
export const refusalUplink: FastifyPluginAsyncTypebox<{ service: RefusalService }> = async (app, { service }) => {
  app.post('/:nodeId/refusals', { schema: { params: nodeParams, body: refusalReport } }, async (request, reply) => {
    service.report(request.params.nodeId, request.body, request.dataPlane.environments)
    return reply.code(204).send()
  })
}
