import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { tag } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageSchema } from '../paging.ts'
import { environmentRef, noContent } from '../schemas.ts'
import { kvEntry, kvEntryDraft, kvEntryParams, kvKey, kvParams, kvQuery, kvTag, representEntry } from './schema.ts'
import type { KvService } from './service.ts'

export interface KvRoutesOptions { service: KvService }

const tags = [kvTag]
const withoutEnvironment = ['api_gateway_not_found', 'environment_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/kv` */
export const kvRoutes: FastifyPluginAsyncTypebox<KvRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: [...withoutEnvironment] },
    schema: {
      operationId: 'listKeyValueKeys', summary: 'List the keys of an environment\'s key-value store', tags,
      params: kvParams,
      querystring: kvQuery,
      response: { 200: pageSchema('KeyValueKeyPage', kvKey) }
    }
  }, async request => await service.list(environmentRef(request.params), request.query))

  app.get('/:key', {
    config: { problems: [...withoutEnvironment, 'kv_entry_not_found'] },
    schema: {
      operationId: 'getKeyValueEntry', summary: 'Read what is kept under a key', tags,
      params: kvEntryParams,
      response: { 200: kvEntry }
    }
  }, async (request, reply) => {
    const { params } = request
    const entry = await service.get(environmentRef(params), params.key)
    tag(reply, entry.version)
    return reply.type('application/json; charset=utf-8').send(representEntry(params.key, entry) as never)
  })

  app.put('/:key', {
    config: { problems: [...withoutEnvironment, 'kv_limit_exceeded', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'putKeyValueEntry', summary: 'Keep a value under a key', tags,
      description: 'Functions see it at once. It makes no revision: it is not part of what is deployed.',
      params: kvEntryParams,
      body: kvEntryDraft,
      response: { 200: kvEntry, 201: kvEntry }
    }
  }, async (request, reply) => {
    const { params, body, headers } = request
    const { entry, created } = await service.put(environmentRef(params), params.key, body, readPrecondition(headers))
    tag(reply, entry.version)
    return reply.code(created ? 201 : 200).type('application/json; charset=utf-8').send(representEntry(params.key, entry) as never)
  })

  app.delete('/:key', {
    config: { problems: [...withoutEnvironment, 'kv_entry_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteKeyValueEntry', summary: 'Remove a key and what is kept under it', tags,
      params: kvEntryParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    await service.delete(environmentRef(request.params), request.params.key, readPrecondition(request.headers))
    return reply.code(204).send(null)
  })
}
