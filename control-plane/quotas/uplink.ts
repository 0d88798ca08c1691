import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { quotaReport } from './schema.ts'
import type { QuotaService } from './service.ts'

/** `/v1/data-plane/quotas`: what data planes have spent, and hear of each other. */
export const quotaUplink: FastifyPluginAsyncTypebox<{ service: QuotaService }> = async (app, { service }) => {
  app.post('', { schema: { body: quotaReport } }, async ({ dataPlane, body }) => await service.report(dataPlane.environments, body))
}
