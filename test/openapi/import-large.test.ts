import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { postText } from '../support/openapi.ts'

t.test('a large document of many operations is imported whole', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const post = postText(t, url, '/api-gateways/shop/openapi')
  const schemas = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`Thing${index}`, {
    type: 'object', required: ['id'], properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string', maxLength: index + 1 }, next: { $ref: `#/components/schemas/Thing${index - index % 10 + (index + 1) % 10}` } }
  }]))
  const paths = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`/things${index}/{id}`, {
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    put: { operationId: `putThing${index}`, requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/Thing${index}` } } } }, responses: { 200: { description: 'Done.', content: { 'application/json': { schema: { $ref: `#/components/schemas/Thing${index}` } } } } } }
  }]))
  const text = JSON.stringify({ openapi: '3.1.0', info: { title: 'Things', version: '1' }, paths, components: { schemas } })
  const made = await post('?upstream=things', text, 'application/json')
  t.match(made, { status: 200, json: { refused: [], ignored: [] } })
  t.equal((made.json as { steps: unknown[] }).steps.length, 200)
  t.match(await post('?upstream=things', text, 'application/json'), { status: 200, json: { changed: false } })
})
