import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { postText } from '../support/openapi.ts'

const bookshelf = readFileSync(path.join(import.meta.dirname, 'bookshelf.yaml'), 'utf8')
const exported = '/api-gateways/shop/environments/dev/openapi'

t.test('what an environment serves is a document that others can read, and that makes the same again', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('GET', exported), { status: 200, json: { openapi: '3.1.0', info: { title: 'Shop', version: '0' }, servers: [{ url: 'http://shop-dev.api.localhost' }], paths: {} } })
  await postText(t, url, '/api-gateways/shop/openapi')('', bookshelf)
  await admin('PATCH', '/api-gateways/shop/environments/dev', { config: { plugins: { 'key-auth': { headers: ['x-key'] }, 'limit-count': { count: 5, windowSeconds: 10 } } } })
  await admin('PUT', '/api-gateways/shop/functions/files', { methods: ['GET', 'PUT'], path: '/files/*', source: 'export default () => 1', plugins: { none: {} } })
  await admin('PUT', '/api-gateways/shop/functions/patchBook', { methods: ['PATCH'], path: '/books/:other', source: 'export default () => 1', plugins: { 'request-validation': {
    $defs: { Book: { type: 'string' } }, requestBody: { content: { 'application/json': { schema: { $defs: { A: { $ref: '#/$defs/Book' } }, items: { $ref: '#/$defs/A' } } } } }
  } } })
  const answer = await admin('GET', exported)
  const document = answer.json as { paths: Record<string, Record<string, Record<string, unknown>>> } & Record<string, object>
  t.strictSame(await new Validator().validate(structuredClone(document)), { valid: true })
  t.match(document, {
    security: [{ apiKey: [] }],
    components: { securitySchemes: { apiKey: { name: 'x-key' } }, schemas: { Book: { properties: { by: { $ref: '#/components/schemas/Author' } } }, Author: {}, 'patchBook.Book': { type: 'string' }, Problem: {} } },
    paths: {
      '/books': {
        get: { operationId: 'listBooks', parameters: [{ name: 'X-Tenant', in: 'header' }, { name: 'limit', schema: { maximum: 100 } }, { name: 'sort', explode: false }], responses: { 200: {}, 401: {}, 429: {} } },
        post: { requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Book' } } } }, responses: { 201: { content: { 'application/json': { examples: { first: { value: { title: 'Emma' } } } } } }, 400: {} } }
      },
      '/books/{book_id}': { patch: { operationId: 'patchBook', parameters: [{ name: 'book_id', in: 'path', required: true }] } },
      '/files/{wildcard}': { get: { operationId: 'files.get', security: [] }, put: { operationId: 'files.put' } }
    }
  })
  const own = document.paths['/books/{book_id}']!.patch!.requestBody
  t.match(own, { content: { 'application/json': { schema: { $defs: { A: { $ref: '#/components/schemas/patchBook.Book' } }, items: { $ref: '#/paths/~1books~1%7Bbook_id%7D/patch/requestBody/content/application~1json/schema/$defs/A' } } } } })
  t.match(await admin('GET', exported, undefined, { 'if-none-match': String(answer.headers.etag) }), { status: 304 })

  await admin('POST', '/api-gateways', { id: 'copy', name: 'Copy' })
  const again = await postText(t, url, '/api-gateways/copy/openapi')('', JSON.stringify(document), 'application/json')
  t.match(again, { status: 200, json: { refused: [] } })
  const validationOf = async (gateway: string) => ((await admin('GET', `/api-gateways/${gateway}/functions/addBook`)).json as { plugins: Record<string, unknown> }).plugins['request-validation']
  t.strictSame(await validationOf('copy'), await validationOf('shop'))
  t.match(await admin('GET', '/api-gateways/shop/environments/nowhere/openapi'), { status: 404, json: { code: 'environment_not_found' } })
})
