import type { PolicyExample } from '../example.ts'
import type { RequestValidationSettings } from './schema.ts'

export const requestValidationExample: PolicyExample<RequestValidationSettings> = {
  settings: {
    routes: {
      hello: {
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } }],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/$defs/Person' } } } }
      }
    },
    $defs: { Person: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 100 }, age: { type: 'integer' } }, additionalProperties: false } }
  },
  request: { method: 'POST', path: '/hello?limit=10', headers: { 'content-type': 'application/json' }, body: '{"name":"Ada"}' },
  answer: { status: 200, body: 'hello' }
}
