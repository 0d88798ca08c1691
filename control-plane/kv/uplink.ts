import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { kvRequests } from './schema.ts'
import type { KvService } from './service.ts'

export interface KvUplinkOptions { service: KvService }

/** Values are texts in a text, which at worst doubles them; the data plane sends far less. */
const maxBodyBytes = 4 * 1024 * 1024

/** `/v1/data-plane/kv`: what functions have asked in one turn of a worker. The answers are as many as have been carried out, in order. */
export const kvUplink: FastifyPluginAsyncTypebox<KvUplinkOptions> = async (app, { service }) => {
  app.post('', { bodyLimit: maxBodyBytes, schema: { body: kvRequests } }, async request => ({ answers: await service.apply(request.body.requests, request.dataPlane.environments) }))
}
