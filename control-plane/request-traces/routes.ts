import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { environmentRef } from '../schemas.ts'
import { representTrace, representTraces, requestTrace, traceList, traceListParams, traceParams, traceQuery } from './schema.ts'
import type { RequestTraceService } from './service.ts'

export interface RequestTraceRoutesOptions { service: RequestTraceService }

const description = `Data planes keep what the last requests of each environment have met, within a bound, in memory. They are asked when this is called, and
nothing is stored anywhere.`
const problems = ['api_gateway_not_found', 'environment_not_found', 'too_many_requests', 'no_data_plane'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/requests` */
export const requestTraceRoutes: FastifyPluginAsyncTypebox<RequestTraceRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: [...problems] },
    schema: {
      operationId: 'listRequests', summary: 'List recent requests', tags: ['Requests'], description, params: traceListParams, querystring: traceQuery, response: { 200: traceList }
    }
  }, async ({ params, query: { status = null, client = null, path = null, limit = 20 } }, reply) => {
    return representTraces(await service.list(environmentRef(params), { status, client, path, limit }, goneSignal(reply)))
  })

  app.get('/:requestId', {
    config: { problems: [...problems, 'request_unknown'] },
    schema: {
      operationId: 'explainRequest', summary: 'Explain a request', tags: ['Requests'], description, params: traceParams, response: { 200: requestTrace }
    }
  }, async ({ params }, reply) => representTrace(await service.find(environmentRef(params), params.requestId, goneSignal(reply))))
}

function goneSignal (reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}
