import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { within } from '../data-plane-tokens/scope.ts'
import type { ScheduleClaims } from './claims.ts'
import { claim, finishedRun, missedClaims } from './schema.ts'

export interface ScheduleUplinkOptions { claims: ScheduleClaims }

/** `/v1/data-plane/schedule-runs`: at a due time every data plane asks, and one of them is told to run it. */
export const scheduleUplink: FastifyPluginAsyncTypebox<ScheduleUplinkOptions> = async (app, { claims }) => {
  app.post('', { schema: { body: claim } }, async request => ({ run: await claims.claim(request.body, request.dataPlane.environments) }))

  app.post('/finished', { schema: { body: finishedRun } }, async (request, reply) => {
    await claims.finish(request.body, request.dataPlane.environments)
    return reply.code(204).send()
  })

  app.post('/missed', { schema: { body: missedClaims } }, async (request, reply) => {
    await claims.recordMissed(within(request.dataPlane.environments, request.body.runs))
    return reply.code(204).send()
  })
}
