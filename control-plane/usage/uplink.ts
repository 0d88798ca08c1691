import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { usageReport } from './schema.ts'
import type { UsageService } from './service.ts'

/** `/v1/data-plane/usage`: what edge workers have seen in use. */
export const usageUplink: FastifyPluginAsyncTypebox<{ service: UsageService }> = async (app, { service }) => {
  app.post('', { schema: { body: usageReport } }, async (request, reply) => {
    await service.add(request.body)
    return reply.code(204).send()
  })
}
