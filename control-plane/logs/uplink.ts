import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { logBatch } from './schema.ts'
import type { LogService } from './service.ts'

/** `/v1/data-plane/logs`: what edge workers ship. */
export const logUplink: FastifyPluginAsyncTypebox<{ service: LogService }> = async (app, { service }) => {
  app.post('', { schema: { body: logBatch } }, async (request, reply) => {
    await service.append(request.body)
    return reply.code(204).send()
  })
}
