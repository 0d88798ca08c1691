import { hash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifySchemaCompiler } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { environmentRef } from '../schemas.ts'
import { validatorCompiler } from '../validation.ts'
import { environmentOpenApiParams, maxOpenApiBytes, openApiParams, openApiPlan, openApiQuery } from './schema.ts'
import type { OpenApiService } from './service.ts'

export interface OpenApiRoutesOptions { service: OpenApiService }

const tags = ['Gateways']
/** RFC 9512; the second is registered for OpenAPI itself. */
const yaml = ['application/yaml', 'application/vnd.oai.openapi', 'application/openapi+yaml']
const json = ['application/json', 'application/vnd.oai.openapi+json', 'application/openapi+json']

/** `…/openapi` and `…/environments/:envName/openapi` of `/v1/api-gateways/:gatewayId` */
export const openApiRoutes: FastifyPluginAsyncTypebox<OpenApiRoutesOptions> = async (app, { service }) => {
  // A thread reads it: some megabytes take their time.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser([...yaml, ...json], { parseAs: 'buffer' }, async (_request: unknown, body: unknown) => body)

  app.post('/openapi', {
    bodyLimit: maxOpenApiBytes,
    validatorCompiler: exceptBody,
    config: {
      problems: [
        'api_gateway_not_found', 'build_failed', 'route_conflict', 'canary_in_progress', 'release_refused', 'payload_too_large', 'unsupported_media_type',
        'too_many_requests', 'precondition_failed', 'conflict'
      ]
    },
    schema: {
      operationId: 'importOpenApi', summary: 'Make endpoints of an OpenAPI document', tags,
      description: 'Each operation becomes an endpoint that holds requests against it, in one transaction, and is deployed to dev. An endpoint that is there keeps its code. Only references within the document are followed.',
      params: openApiParams,
      querystring: openApiQuery,
      body: { content: Object.fromEntries([...yaml.slice(0, 1), ...json.slice(0, 1)].map(type => [type, { schema: Type.Unknown({ description: 'OpenAPI 3.0 or 3.1.' }) }])) },
      response: { 200: openApiPlan }
    }
  }, async (request, reply) => {
    const { params: { gatewayId }, query: { dryRun = false, force = false, strict = false, upstream = null }, headers, body } = request
    const format = yaml.some(type => (headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]!.trim() === type) ? 'yaml' : 'json'
    const { plan, etag, revision } = await service.import(gatewayId, body as Buffer, format, { dryRun, force, strict, upstream, precondition: readPrecondition(headers) })
    if (!dryRun) written(reply, revision, etag!)
    return plan
  })

  app.get('/environments/:envName/openapi', {
    config: { problems: ['api_gateway_not_found', 'environment_not_found', 'conflict'] },
    schema: {
      operationId: 'exportOpenApi', summary: 'Read what an environment serves as an OpenAPI document', tags,
      params: environmentOpenApiParams,
      response: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: Type.Unknown() } } } }
    }
  }, async (request, reply) => {
    const text = `${JSON.stringify(await service.export(environmentRef(request.params)), undefined, 2)}\n`
    tag(reply, 0, `"${hash('sha256', text, 'hex').slice(0, 32)}"`)
    reply.header('content-type', 'application/json; charset=utf-8')
    // As bytes: a text would be serialized once more.
    return await (reply as FastifyReply).send(Buffer.from(text))
  })
}

const exceptBody: FastifySchemaCompiler<TSchema> = route => route.httpPart === 'body' ? body => ({ value: body ?? Buffer.alloc(0) }) : validatorCompiler(route)
