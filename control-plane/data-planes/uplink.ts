import type { FastifyInstance } from 'fastify'
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

/** On every route below a node: what is said of it, whoever is known to be it says. */
export function requireOwnNode (app: FastifyInstance, service: DataPlaneService): void {
  app.addHook<{ Params: { nodeId: string } }>('preHandler', async request => await service.requireOwn(request.params.nodeId, request.dataPlane.tokenId))
}
