import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { patchValidatorCompiler, type Patch } from '../patch.ts'
import { environmentRef, mergePatchBody, noContent } from '../schemas.ts'
import { clientApp, clientAppWithKey, clientDraft, clientParams, clientsParams, regenerateKey, representClient } from './schema.ts'
import type { ClientService, ClientWithKey } from './service.ts'

export interface ClientRoutesOptions { service: ClientService }

const tags = ['Clients']
const notFound = ['api_gateway_not_found', 'environment_not_found', 'client_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/clients` */
export const clientRoutes: FastifyPluginAsyncTypebox<ClientRoutesOptions> = async (app, { service }) => {
  app.get('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found'] },
    schema: {
      operationId: 'listClients', summary: 'List the clients of an environment', tags,
      params: clientsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('ClientAppPage', clientApp) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), representClient))

  app.post('', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found', 'client_name_taken', 'client_limit_reached'] },
    schema: {
      operationId: 'createClient', summary: 'Add a client and make its key', tags,
      params: clientsParams,
      body: clientDraft,
      response: { 201: clientAppWithKey }
    }
  }, async (request, reply) => {
    const { gatewayId, envName } = request.params
    const created = await service.create(environmentRef(request.params), request.body)
    written(reply, created.client.revision)
    const location = `/v1/api-gateways/${gatewayId}/environments/${envName}/clients/${created.client.id}`
    return reply.code(201).headers({ location, ...onceOnly }).send(withKey(created))
  })

  app.get('/:clientId', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'getClient', summary: 'Read a client', tags,
      params: clientParams,
      response: { 200: clientApp }
    }
  }, async (request, reply) => {
    const client = await service.get(environmentRef(request.params), request.params.clientId)
    tag(reply, client.revision)
    return representClient(client)
  })

  app.patch('/:clientId', {
    validatorCompiler: patchValidatorCompiler,
    config: { problems: [...notFound, 'client_name_taken', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'updateClient', summary: 'Change a client', tags,
      params: clientParams,
      body: mergePatchBody(clientDraft),
      response: { 200: clientApp }
    }
  }, async (request, reply) => {
    const { clientId } = request.params
    const client = await service.patch(environmentRef(request.params), clientId, request.body as Patch, readPrecondition(request.headers))
    written(reply, client.revision)
    return representClient(client)
  })

  app.delete('/:clientId', {
    config: { problems: [...notFound, 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deleteClient', summary: 'Delete a client: its keys die at once', tags,
      params: clientParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(environmentRef(request.params), request.params.clientId, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })

  app.post('/:clientId/regenerate-key', {
    // The body may be left out; Fastify would hold the missing one against the schema.
    preValidation: async request => { request.body ??= {} },
    config: { problems: [...notFound, 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'regenerateKey', summary: 'Replace the key of a client', tags,
      description: 'The client keeps its id, limits and statistics.',
      params: clientParams,
      body: regenerateKey,
      response: { 200: clientAppWithKey }
    }
  }, async (request, reply) => {
    const { params, body: { overlapSeconds = 0 } } = request
    const regenerated = await service.regenerateKey(environmentRef(params), params.clientId, overlapSeconds, readPrecondition(request.headers))
    written(reply, regenerated.client.revision)
    return reply.headers(onceOnly).send(withKey(regenerated))
  })
}

/** The key must not stay in a cache on its way. */
const onceOnly = { 'cache-control': 'no-store' }

function withKey ({ client, apiKey }: ClientWithKey): ReturnType<typeof representClient> & { apiKey: string } {
  return { ...representClient(client), apiKey }
}
