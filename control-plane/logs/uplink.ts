import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { within } from '../data-plane-tokens/scope.ts'
import { logBatch } from './schema.ts'
import type { LogService } from './service.ts'

/** `/v1/data-plane/logs`: what edge workers ship. */
export const logUplink: FastifyPluginAsyncTypebox<{ service: LogService }> = async (app, { service }) => {
  app.post('', { schema: { body: logBatch } }, async (request, reply) => {
    const { lines, ...batch } = request.body
    const own = within(request.dataPlane.environments, lines)
    if (own.length > 0) await service.append({ ...batch, lines: own })
    return reply.code(204).send()
  })
}
