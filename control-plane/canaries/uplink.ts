import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { maxCanaryCounts } from '#shared/canaries.ts'
import { environmentNamePattern, gatewayIdPattern } from '#shared/names.ts'
import { within } from '../data-plane-tokens/scope.ts'
import type { CanaryJudge } from './judge.ts'

/** No data plane answers more between two reports. */
const maxCount = 1_000_000_000

/** `shared/canaries.ts` */
const canaryReport = Type.Object({
  counts: Type.Array(Type.Object({
    gatewayId: Type.String({ pattern: gatewayIdPattern }),
    environment: Type.String({ pattern: environmentNamePattern }),
    release: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    requests: Type.Integer({ minimum: 0, maximum: maxCount }),
    failures: Type.Integer({ minimum: 0, maximum: maxCount })
  }, { additionalProperties: false }), { maxItems: maxCanaryCounts })
}, { additionalProperties: false })

/** `/v1/data-plane/canaries`: how the answers of canaries, and of what is served beside them, came out. */
export const canaryUplink: FastifyPluginAsyncTypebox<{ judge: CanaryJudge }> = async (app, { judge }) => {
  app.post('', { schema: { body: canaryReport } }, async (request, reply) => {
    await judge.report(within(request.dataPlane.environments, request.body.counts))
    return reply.code(204).send()
  })
}
