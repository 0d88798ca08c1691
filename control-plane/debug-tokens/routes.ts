import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { debugHeader, maxDebugSeconds } from '#shared/debug-tokens.ts'
import { environmentName, environmentRef, gatewayId, params, timestamp } from '../schemas.ts'
import type { DebugTokenService } from './service.ts'

const draft = Type.Object({
  ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: maxDebugSeconds, default: 900, description: 'How long it is good.' }))
}, { additionalProperties: false, title: 'NewDebugToken' })
const debugToken = Type.Object({ token: Type.String({ description: `To be sent as \`${debugHeader}\`. Shown once, and stored nowhere.` }), expiresAt: timestamp }, { title: 'DebugToken', description: 'The token.' })

/** `/v1/api-gateways/:gatewayId/environments/:envName/debug-tokens` */
export const debugTokenRoutes: FastifyPluginAsyncTypebox<{ service: DebugTokenService }> = async (app, { service }) => {
  app.post('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'createDebugToken', summary: 'Make a token that shows in answers what requests meet', tags: ['Requests'],
      description: 'Answers to requests that carry it have `x-imprun-debug` and `server-timing`. It opens nothing, and cannot be revoked: it ends by its time.',
      params: params({ gatewayId, envName: environmentName }),
      body: draft,
      response: { 201: debugToken }
    }
  }, async ({ params, body: { ttlSeconds = 900 } }, reply) => {
    return reply.code(201).headers({ 'cache-control': 'no-store' }).send(await service.make(environmentRef(params), ttlSeconds))
  })
}
