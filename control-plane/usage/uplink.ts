import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { within } from '../data-plane-tokens/scope.ts'
import { usageReport } from './schema.ts'
import type { UsageService } from './service.ts'

/** `/v1/data-plane/usage`: what edge workers have seen in use. */
export const usageUplink: FastifyPluginAsyncTypebox<{ service: UsageService }> = async (app, { service }) => {
  app.post('', { schema: { body: usageReport } }, async (request, reply) => {
    const { dataPlane: { environments }, body: { routes, variables } } = request
    await service.add({ routes: within(environments, routes), variables: within(environments, variables) })
    return reply.code(204).send()
  })
}
