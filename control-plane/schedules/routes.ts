import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef } from '../schemas.ts'
import { representRun, runsQuery, scheduledFunction, scheduleRun, schedulesParams } from './schema.ts'
import type { ScheduleService } from './service.ts'

export interface ScheduleRoutesOptions { service: ScheduleService }

const tags = ['Schedules']
const problems = ['api_gateway_not_found', 'environment_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName` */
export const scheduleRoutes: FastifyPluginAsyncTypebox<ScheduleRoutesOptions> = async (app, { service }) => {
  app.get('/schedules', {
    config: { problems },
    schema: {
      operationId: 'listSchedules', summary: 'List what is scheduled in an environment', tags,
      params: schedulesParams,
      querystring: pageQuery,
      response: { 200: pageSchema('ScheduledFunctionPage', scheduledFunction) }
    }
  }, async request => {
    const page = await service.list(environmentRef(request.params), readPage(request.query))
    return toPage(page, schedule => ({ ...schedule, lastRun: schedule.lastRun && representRun(schedule.lastRun) }))
  })

  app.get('/schedule-runs', {
    config: { problems },
    schema: {
      operationId: 'listScheduleRuns', summary: 'List the runs of schedules, newest first', tags,
      description: 'The last 100 of each schedule, for 30 days.',
      params: schedulesParams,
      querystring: runsQuery,
      response: { 200: pageSchema('ScheduleRunPage', scheduleRun) }
    }
  }, async request => {
    const { function: functionName = null, schedule = null, status = null } = request.query
    return toPage(await service.listRuns(environmentRef(request.params), { functionName, schedule, status }, readPage(request.query)), representRun)
  })
}
