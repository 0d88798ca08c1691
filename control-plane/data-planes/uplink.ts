import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { dataPlaneReport, nodeParams } from './schema.ts'
import type { DataPlaneService } from './service.ts'

/** `/v1/data-plane/nodes`: what data planes say of themselves. */
export const dataPlaneUplink: FastifyPluginAsyncTypebox<{ service: DataPlaneService }> = async (app, { service }) => {
  app.post('/:nodeId/applied', { schema: { params: nodeParams, body: dataPlaneReport } }, async (request, reply) => {
    await service.report(request.params.nodeId, request.body, request.dataPlane)
    return reply.code(204).send()
  })
}
