import type { FastifyReply, FastifySchemaCompiler } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type TSchema } from 'typebox'
import { tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { validatorCompiler } from '../validation.ts'
import { negotiate } from './negotiate.ts'
import type { Format } from './text.ts'
import { documentParams, gatewayDocument, importPlan, importQuery, maxDocumentBytes } from './schema.ts'
import type { DeclarationService } from './service.ts'

export interface DeclarationRoutesOptions { service: DeclarationService }

const tags = ['Gateways']
/** RFC 9512 */
const mediaTypes: Record<Format, string> = { yaml: 'application/yaml', json: 'application/json' }
const documentContent = {
  [mediaTypes.yaml]: { schema: Type.String({ description: 'ApiGatewayDocument as YAML 1.2.' }) },
  [mediaTypes.json]: { schema: gatewayDocument }
}

/** `…/export` and `…/import` of `/v1/api-gateways/:gatewayId` */
export const declarationRoutes: FastifyPluginAsyncTypebox<DeclarationRoutesOptions> = async (app, { service }) => {
  // A thread reads it: a megabyte of YAML takes its time.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(Object.values(mediaTypes), { parseAs: 'buffer' }, async (_request: unknown, body: unknown) => body)

  app.get('/export', {
    config: { problems: ['api_gateway_not_found', 'document_too_large', 'too_many_requests', 'conflict'] },
    schema: {
      operationId: 'exportApiGateway', summary: 'Read a gateway as one document', tags,
      description: 'YAML, or JSON where `Accept` prefers it. Secrets are in it by name; keys are not.',
      params: documentParams,
      response: { 200: { description: 'The document.', content: documentContent } }
    }
  }, async (request, reply) => {
    const format = negotiate(request.headers.accept)
    const { text, etag } = await service.export(request.params.gatewayId, format)
    tag(reply, 0, etag)
    reply.headers({ vary: 'accept', 'content-type': `${mediaTypes[format]}; charset=utf-8` })
    // As bytes: a text would be serialized once more.
    return await (reply as FastifyReply).send(Buffer.from(text))
  })

  app.put('/import', {
    bodyLimit: maxDocumentBytes,
    validatorCompiler: exceptBody,
    config: {
      problems: [
        'build_failed', 'registry_unavailable', 'route_conflict', 'canary_in_progress', 'release_refused', 'variable_limit_reached', 'client_limit_reached',
        'payload_too_large', 'unsupported_media_type', 'too_many_requests', 'precondition_failed', 'conflict'
      ]
    },
    schema: {
      operationId: 'importApiGateway', summary: 'Make a gateway what a document says', tags,
      description: 'In one transaction. What the document leaves out stays. Functions are deployed to dev, as they are when they are saved. `If-Match` takes the tag of the gateway or of an export.',
      params: documentParams,
      querystring: importQuery,
      body: { content: documentContent },
      response: { 200: importPlan, 201: importPlan }
    }
  }, async (request, reply) => {
    const { params: { gatewayId }, query: { dryRun = false, prune = false, force = false }, headers, body } = request
    const format = /^\s*application\/yaml\b/i.test(headers['content-type'] ?? '') ? 'yaml' : 'json'
    const { plan, created, etag, revision } = await service.import(gatewayId, body as Buffer, format, { dryRun, prune, force, precondition: readPrecondition(headers) })
    if (!dryRun) written(reply, revision, etag!)
    if (created) reply.header('location', `/v1/api-gateways/${gatewayId}`)
    return await reply.code(created ? 201 : 200).send(plan)
  })
}

const exceptBody: FastifySchemaCompiler<TSchema> = route => route.httpPart === 'body' ? body => ({ value: body ?? Buffer.alloc(0) }) : validatorCompiler(route)
