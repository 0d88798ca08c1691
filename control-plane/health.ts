import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Store } from './store/store.ts'

const status = Type.Object({ status: Type.Literal('ok') }, { title: 'Status', description: 'It is.' })
const tags = ['Operation']

/** For whoever starts and watches the process; open, and saying nothing. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get('/healthz', {
    logLevel: 'warn',
    config: { problems: ['internal'] },
    schema: {
      operationId: 'health', summary: 'Whether the process runs', tags, security: [],
      response: { 200: status }
    }
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    logLevel: 'warn',
    config: { problems: ['internal', 'store_unavailable'] },
    schema: {
      operationId: 'readiness', summary: 'Whether the store can be read and written', tags, security: [],
      response: { 200: status }
    }
  }, async () => {
    await store.ping()
    return { status: 'ok' as const }
  })
}
