import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { dataPlane } from './schema.ts'
import type { DataPlaneService } from './service.ts'

export const dataPlanesTag = 'Data planes'

/** `/v1/data-planes` */
export const dataPlaneRoutes: FastifyPluginAsyncTypebox<{ service: DataPlaneService }> = async (app, { service }) => {
  app.get('', {
    schema: {
      operationId: 'listDataPlanes', summary: 'List data planes, and what each of them serves', tags: [dataPlanesTag],
      description: 'One that is gone is listed for another day.',
      querystring: pageQuery,
      response: { 200: pageSchema('DataPlanePage', dataPlane) }
    }
  }, async request => toPage(await service.list(readPage(request.query)), node => node))
}
