import { text as textOf } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { checkPlugins } from '#shared/plugins/rules.ts'
import type { RequestValidationSettings } from '#shared/policies/request-validation/schema.ts'
import { startEdge } from '../support/edge.ts'
import type { TrafficInit } from '../support/http.ts'
import { converse, startProxied } from '../support/upstream.ts'

const host = 'shop.api.localhost'

async function startValidating (t: Test, settings: RequestValidationSettings, path = '/hello') {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [], body: 'called' }) } })
  edge.addGateway('shop', { plugins: { none: {}, 'request-validation': settings }, routes: [{ path, methods: ['GET', 'POST', 'PUT', 'DELETE'] }] })
  return async (target: string, init?: TrafficInit) => {
    const { status, json, text } = await edge.traffic(host, target, init)
    const { code, errors = [] } = (json ?? {}) as { code?: string, errors?: Array<{ pointer: string, detail: string }> }
    return status === 200 ? text : [status, code, ...errors.map(({ pointer, detail }) => `${pointer} ${detail}`)]
  }
}

const invalid = (...errors: string[]): unknown[] => [400, 'request_invalid', ...errors]

t.test('parameters are read as their styles say, and held against their schemas', async t => {
  const integers = { type: 'array', items: { type: 'integer' }, maxItems: 3 }
  const point = { type: 'object', properties: { x: { type: 'integer' }, y: { type: 'integer' } }, required: ['x'], additionalProperties: false }
  const ask = await startValidating(t, {
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1 } },
      { name: 'all', in: 'query', schema: { type: 'boolean' } },
      { name: 'ids', in: 'query', schema: integers },
      { name: 'list', in: 'query', explode: false, schema: integers },
      { name: 'names', in: 'query', explode: false, schema: { type: 'array', items: { enum: ['a', 'b,c'] } } },
      { name: 'piped', in: 'query', style: 'pipeDelimited', schema: integers },
      { name: 'at', in: 'query', style: 'deepObject', schema: point },
      { name: 'flat', in: 'query', explode: false, schema: point },
      { name: 'filter', in: 'query', json: true, schema: point },
      { name: 'X-Count', in: 'header', schema: { type: 'integer' } },
      { name: 'session', in: 'cookie', schema: { pattern: '^s-' } }
    ],
    unknownQuery: 'refuse'
  }, '/things/:id')
  const id = '00000000-0000-4000-8000-000000000000'
  const good = '?limit=5&all=true&ids=1&ids=2&list=1,2,3&names=a,b%2Cc&piped=1%7C2&at%5Bx%5D=1&flat=x,1,y,2&filter=%7B%22x%22%3A1%7D'
  t.equal(await ask(`/things/${id}${good}`, { headers: { 'x-count': '7', cookie: 'a=b; session=s-1' } }), 'called')
  t.equal(await ask(`/things/${id}`), 'called')
  t.strictSame(await ask('/things/7?limit=0'), invalid('/params/id must be in the format uuid', '/query/limit must be 1 or more'))
  t.strictSame(await ask(`/things/${id}?limit=1e&all=1`), invalid('/query/limit must be a whole number', '/query/all must be true or false'))
  t.strictSame(await ask(`/things/${id}?limit=1&limit=2`), invalid('/query/limit must stand there once'))
  t.strictSame(await ask(`/things/${id}?ids=1&ids=x&list=1,2,3,4`), invalid('/query/ids/1 must be a whole number', '/query/list must have at most 3 items'))
  t.strictSame(await ask(`/things/${id}?at%5By%5D=z&flat=x,1,q,2`), invalid('/query/at/x is required', '/query/at/y must be a whole number', '/query/flat/q is not a known field'))
  t.strictSame(await ask(`/things/${id}?filter=x`), invalid('/query/filter must be JSON'))
  t.strictSame(await ask(`/things/${id}?other=1`), invalid('/query/other is not a known parameter'))
  t.strictSame(await ask(`/things/${id}?a=%zz`), invalid('/query has a percent-encoding that cannot be decoded, or too many parameters'))
  t.strictSame(await ask(`/things/${id}`, { headers: { 'x-count': 'many', cookie: 'session=x' } }), invalid('/headers/x-count must be a whole number', '/cookies/session must match ^s-'))
})

const person = {
  type: 'object', required: ['id', 'name'], additionalProperties: false,
  properties: { id: { type: 'integer', readOnly: true }, name: { type: 'string', maxLength: 5 }, friends: { type: 'array', items: { $ref: '#/$defs/Person' } } }
}

t.test('bodies are held against the schema of what they are, and what is wrong is named', async t => {
  const ask = await startValidating(t, {
    requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/$defs/Person' } }, 'application/x-www-form-urlencoded': { schema: { properties: { tags: { type: 'array', items: { type: 'integer' } } } } }, 'text/*': { schema: { maxLength: 3 } }, 'image/*': {} } },
    $defs: { Person: person }
  })
  const post = async (body: object | string, type?: string) => await ask('/hello', { method: 'POST', body, ...(type !== undefined && { headers: { 'content-type': type } }) })
  t.equal(await post({ name: 'Ada', friends: [{ name: 'Bob' }] }), 'called')
  t.strictSame(await post({ name: 'Charles', friends: [{ name: 7, age: 1 }] }), invalid('/name must have at most 5 characters', '/friends/0/name must be a string', '/friends/0/age is not a known field'))
  t.strictSame(await post('{"name":', 'application/json; charset=utf-8'), invalid(' must be JSON, with each member once'))
  t.strictSame(await post('{"name":"Ada","n\\u0061me":"Bob"}', 'application/json'), invalid(' must be JSON, with each member once'))
  t.strictSame(await ask('/hello', { method: 'POST' }), invalid(' is required'))
  t.strictSame(await post('{}', 'application/xml'), [415, 'unsupported_media_type'])
  t.strictSame(await post('{}', 'application/json; charset=utf-16'), [415, 'unsupported_media_type'])
  t.strictSame(await ask('/hello', { method: 'POST', body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }), [415, 'unsupported_media_type'])
  t.equal(await post('tags=1&tags=2', 'application/x-www-form-urlencoded'), 'called')
  t.strictSame(await post('tags=1&tags=x', 'application/x-www-form-urlencoded'), invalid('/tags/1 must be a whole number'))
  t.equal(await post('abc', 'text/plain'), 'called')
  t.strictSame(await post('abcd', 'text/plain'), invalid(' must have at most 3 characters'))
  t.equal(await post('\xff', 'image/png'), 'called')
})

t.test('what goes to an upstream is held, looked at, and sent on as it was', async t => {
  let calls = 0
  const plugins = { none: {}, 'request-validation': { requestBody: { content: { 'application/json': { schema: { type: 'object' } }, 'text/plain': {} } }, maxBytes: 100 } }
  const { edge } = await startProxied(t, (request, response) => {
    calls++
    void textOf(request).then(text => response.end(`${request.method} ${text}`))
  }, { plugins })
  const send = async (body: string, type = 'application/json') => await edge.traffic(host, '/x', { method: 'PUT', body, headers: { 'content-type': type } })
  t.match(await send('{ "a" : 1 }'), { status: 200, text: 'PUT { "a" : 1 }' })
  t.match(await send('[]'), { status: 400, json: { code: 'request_invalid', errors: [{ pointer: '', detail: 'must be an object' }] } })
  t.match(await send(JSON.stringify({ a: 'x'.repeat(100) })), { status: 413, json: { code: 'payload_too_large' } })
  t.match(await send('x'.repeat(200), 'text/plain'), { status: 200, text: /x{200}$/ }, 'what nobody looks at is not held')
  const { received, until } = await converse(edge, `POST /x HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`)
  await until('POST {}')
  t.match(received(), /^HTTP\/1\.1 200 /)
  t.equal(calls, 3)
})

t.test('what is said of a route goes before what is said of all', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { none: {}, 'request-validation': { parameters: [{ name: 'a', in: 'query', required: true }], routes: { free: {} } } },
    routes: ['free', 'other'].map(functionName => ({ functionName, path: `/${functionName}` }))
  })
  t.match(await edge.traffic(host, '/free'), { status: 200 })
  t.match(await edge.traffic(host, '/other'), { status: 400 })
})

t.test('schemas of OpenAPI 3.0 mean what they mean there', async t => {
  const ask = await startValidating(t, {
    dialect: 'openapi-3.0', $defs: { Price: { type: 'number', minimum: 0, exclusiveMinimum: true, nullable: true } },
    requestBody: { content: { 'application/json': { schema: { type: 'object', properties: { price: { $ref: '#/$defs/Price' } } } } } }
  })
  t.equal(await ask('/hello', { method: 'POST', body: { price: null } }), 'called')
  t.strictSame(await ask('/hello', { method: 'POST', body: { price: 0 } }), invalid('/price must be more than 0'))
})

t.test('what would be ignored, or could not be kept, is refused when it is saved', async t => {
  const faults = checkPlugins({
    'request-validation': {
      parameters: [{ name: 'id', in: 'path' }, { name: 'Accept', in: 'header', schema: { type: 'text' } }, { name: 'q', in: 'query', style: 'simple', schema: { pattern: '(?=a)' } }],
      requestBody: { content: { 'multipart/form-data': { schema: {} }, 'application/json': { schema: { $ref: 'https://example.com/schema', propertees: {} } } } },
      $defs: { A: { $ref: '#/$defs/B' }, B: { allOf: [{ $ref: '#/$defs/A' }] }, C: { format: 'telephone' } }
    }
  }, '/config/plugins')
  t.strictSame(faults.map(({ pointer }) => pointer.slice('/config/plugins/request-validation'.length)).sort(), [
    '/$defs/A', '/$defs/C/format', '/parameters/0/required', '/parameters/1/name', '/parameters/1/schema/type', '/parameters/2/schema/pattern', '/parameters/2/style',
    '/requestBody/content/application~1json/schema/$ref', '/requestBody/content/application~1json/schema/propertees', '/requestBody/content/multipart~1form-data/schema'
  ])
})
