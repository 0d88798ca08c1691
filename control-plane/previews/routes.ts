import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { removed, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { patchValidatorCompiler, type Patch } from '../patch.ts'
import { environmentRef, mergePatchBody, noContent } from '../schemas.ts'
import { preview, previewDraft, previewEtag, previewParams, previewsParams, representPreview } from './schema.ts'
import type { PreviewService } from './service.ts'

export interface PreviewRoutesOptions { service: PreviewService, baseDomain: string }

const tags = ['Releases']
const withoutEnvironment = ['api_gateway_not_found', 'environment_not_found'] as const

/** `/v1/api-gateways/:gatewayId/environments/:envName/previews` */
export const previewRoutes: FastifyPluginAsyncTypebox<PreviewRoutesOptions> = async (app, { service, baseDomain }) => {
  app.get('', {
    config: { problems: [...withoutEnvironment] },
    schema: {
      operationId: 'listPreviews', summary: 'List the previews of an environment', tags,
      params: previewsParams,
      querystring: pageQuery,
      response: { 200: pageSchema('PreviewPage', preview) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), released => representPreview(released, baseDomain)))

  app.get('/:release', {
    config: { problems: [...withoutEnvironment, 'preview_not_found'] },
    schema: {
      operationId: 'getPreview', summary: 'Read a preview', tags,
      params: previewParams,
      response: { 200: preview }
    }
  }, async (request, reply) => {
    const released = await service.get(environmentRef(request.params), request.params.release)
    reply.header('etag', previewEtag(released))
    return representPreview(released, baseDomain)
  })

  app.patch('/:release', {
    validatorCompiler: patchValidatorCompiler,
    config: { problems: [...withoutEnvironment, 'preview_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'updatePreview', summary: 'Let a preview expire at another time', tags,
      params: previewParams,
      body: mergePatchBody(previewDraft),
      response: { 200: preview }
    }
  }, async (request, reply) => {
    const { params, body, headers } = request
    const changed = await service.patch(environmentRef(params), params.release, body as Patch, readPrecondition(headers))
    written(reply, changed.revision, previewEtag(changed))
    return representPreview(changed, baseDomain)
  })

  app.delete('/:release', {
    config: { problems: [...withoutEnvironment, 'preview_not_found', 'precondition_failed', 'conflict'] },
    schema: {
      operationId: 'deletePreview', summary: 'Delete a preview with its release', tags,
      params: previewParams,
      response: { 204: noContent }
    }
  }, async (request, reply) => {
    removed(reply, await service.delete(environmentRef(request.params), request.params.release, readPrecondition(request.headers)))
    return reply.code(204).send(null)
  })
}
