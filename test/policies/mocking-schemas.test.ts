import t from 'tap'
import { compileSchema } from '#shared/json-schema/compile.ts'
import { sampleOf } from '#shared/json-schema/sample.ts'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const pet = {
  type: 'object', required: ['id', 'name'], properties: {
    id: { type: 'integer', minimum: 1 }, name: { type: 'string', minLength: 6 }, born: { type: 'string', format: 'date' }, tags: { type: 'array', items: { type: 'string' } },
    parent: { anyOf: [{ $ref: '#/$defs/Pet' }, { type: 'null' }] }, secret: { type: 'string', writeOnly: true }, price: { type: ['number', 'null'], exclusiveMinimum: 0 }
  }
}

t.test('what is made up of a schema is what it lets pass', async t => {
  const sample = sampleOf({ $ref: '#/$defs/Pet' }, { Pet: pet })
  t.match(sample, { id: 1, name: 'textte', born: '2030-01-31', tags: ['text'], price: 0.5 })
  t.notHas(sample, 'secret')
  t.strictSame(compileSchema({ $ref: '#/$defs/Pet' }, { definitions: { Pet: pet } }).check(sample), [])
  t.strictSame(sampleOf({ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { enum: ['x', 'y'] } } }], properties: { c: { example: [2] } } }), { a: 1, b: 'x', c: [2] })
  t.equal(sampleOf({ $ref: '#/$defs/A' }, { A: { allOf: [{ $ref: '#/$defs/A' }, { $ref: '#/$defs/A' }, { $ref: '#/$defs/A' }] } }), null)
})

t.test('an endpoint answers with its first example, the one that is preferred, or what its schema lets pass', async t => {
  const edge = await startEdge(t)
  const mocking = { $defs: { Pet: pet }, status: 201, examples: { cat: { name: 'Cat' }, dog: { name: 'Dog' } }, others: { 404: { body: 'gone' }, 200: { schema: { type: 'array', items: { $ref: '#/$defs/Pet' } } } } }
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/pets', methods: ['GET', 'POST'], plugins: { mocking } }] })
  const ask = async (prefer?: string) => await edge.traffic(host, '/pets', { headers: prefer === undefined ? {} : { prefer } })
  t.match(await ask(), { status: 201, json: { name: 'Cat' }, headers: { 'content-type': 'application/json' } })
  t.match(await ask('example="dog"'), { status: 201, json: { name: 'Dog' } })
  t.match(await ask('wait=5, code=404'), { status: 404, text: 'gone', headers: { 'content-type': 'text/plain; charset=utf-8' } })
  t.match(await ask('code=200'), { status: 200, json: [{ id: 1 }] })
  t.match(await ask('code=500'), { status: 201 })
})

t.test('what is asked wrongly is not answered with a mock', async t => {
  const edge = await startEdge(t)
  const validation = { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } }
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/pets', methods: ['POST'], plugins: { mocking: { body: 'made up' }, 'request-validation': validation } }] })
  t.match(await edge.traffic(host, '/pets', { method: 'POST', body: {} }), { status: 200, text: 'made up' })
  t.match(await edge.traffic(host, '/pets', { method: 'POST', body: [] }), { status: 400, json: { code: 'request_invalid' } })
  t.match(await edge.traffic(host, '/pets', { method: 'POST' }), { status: 200, text: 'made up' })
})

t.test('a schema that cannot be used is named', async t => {
  const faults = checkPlugins({ mocking: { schema: { type: 'text' }, routes: { list: { others: { 404: { schema: { $ref: '#/$defs/None' } } } } } } }, '')
  t.strictSame(faults.map(({ pointer }) => pointer).sort(), ['/mocking/routes/list/others/404/schema/$ref', '/mocking/schema/type'])
})
