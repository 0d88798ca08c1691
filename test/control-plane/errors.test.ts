import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { adminToken, startControlPlane } from '../support/control-plane.ts'
import { StoreError } from '../../control-plane/store/store.ts'

/** Writes bytes and reads what comes back until the end. */
async function exchange (url: string, request: string | Buffer): Promise<{ status: number, headers: string, document: unknown }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(request)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), headers: head.toLowerCase(), document: body.startsWith('{') ? JSON.parse(body) : body }
}

function raw (method: string, path: string, body: string | Buffer = '', headers: Record<string, string> = {}): Buffer {
  const fields = {
    host: 'localhost', connection: 'close', authorization: `Bearer ${adminToken}`,
    ...(body.length > 0 && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }), ...headers
  }
  const head = [`${method} ${path} HTTP/1.1`, ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}

t.test('a body that is no body of ours is refused with a reason, and nothing is written', async t => {
  const { url, store } = await startControlPlane(t)
  const post = (body: string | Buffer, headers?: Record<string, string>): Buffer => raw('POST', '/v1/api-gateways', body, headers)
  const cases: Array<[what: string, request: Buffer, status: number, code: string, detail?: RegExp]> = [
    ['malformed', post('{"name": }'), 400, 'malformed_request', /not valid JSON/],
    ['cut off', post('{"name":"a"'), 400, 'malformed_request'],
    ['two values', post('{"name":"a"}{}'), 400, 'malformed_request'],
    ['empty', post(''), 400, 'validation_failed'],
    ['null', post('null'), 400, 'validation_failed'],
    ['an array', post('[]'), 400, 'validation_failed'],
    ['a text', post('"name"'), 400, 'validation_failed'],
    ['not UTF-8', post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'malformed_request', /UTF-8/],
    ['too large', post(`{"name":"${'x'.repeat(2 * 1024 * 1024)}"}`), 413, 'payload_too_large'],
    ['said to be too large', post('{}', { 'content-length': '3000000' }), 413, 'payload_too_large'],
    ['nested deep', post(`{"config":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400, 'validation_failed'],
    ['a prototype', post('{"name":"a","__proto__":{"id":"evil"}}'), 400, 'validation_failed'],
    ['a nested prototype', post('{"name":"a","config":{"plugins":{"__proto__":{"none":{}}}}}'), 400, 'validation_failed'],
    ['a constructor', post('{"name":"a","constructor":{"prototype":{"id":"evil"}}}'), 400, 'validation_failed'],
    ['U+0000', post('{"name":"a\\u0000b"}'), 400, 'validation_failed'],
    ['a raw NUL byte', post('{"name":"a\0b"}'), 400, 'malformed_request'],
    ['half a surrogate pair', post('{"name":"a\\ud800"}'), 400, 'validation_failed'],
    ['half a surrogate pair in a name', post('{"name":"a","\\ud800":1}'), 400, 'validation_failed'],
    ['a form', post('name=a', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'unsupported_media_type'],
    ['text', post('{"name":"a"}', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
    ['XML', post('<name/>', { 'content-type': 'application/xml' }), 415, 'unsupported_media_type'],
    ['no type', post('{"name":"a"}', { 'content-type': '' }), 415, 'unsupported_media_type'],
    ['a garbled type', post('{"name":"a"}', { 'content-type': 'json' }), 415, 'unsupported_media_type']
  ]
  for (const [what, request, status, code, detail = /./] of cases) {
    const answer = await exchange(url, request)
    t.match(answer, { status, headers: /content-type: application\/problem\+json/, document: { status, code, detail, requestId: /^[0-9a-f-]{36}$/, type: /^https:/, title: /./ } }, what)
  }
  t.equal(await store.revision(), 0)
  t.equal(({} as Record<string, unknown>).id, undefined)
})

t.test('each bad field is pointed at', async t => {
  const { admin, store } = await startControlPlane(t)
  const cases: Array<[body: object, pointer: string, detail: RegExp]> = [
    [{}, '/name', /^is required$/],
    [{ name: 7 }, '/name', /^must be a string$/],
    [{ name: '' }, '/name', /One line/],
    [{ name: ' a' }, '/name', /One line/],
    [{ name: 'a\nb' }, '/name', /One line/],
    [{ name: 'x'.repeat(101) }, '/name', /^must have at most 100 characters$/],
    [{ name: 'a', description: 'x'.repeat(1001) }, '/description', /at most 1000 characters/],
    [{ name: 'a', id: 'ab' }, '/id', /3 to 30/],
    [{ name: 'a', id: 'Shop' }, '/id', /Lower-case/],
    [{ name: 'a', id: 'a-b' }, '/id', /Lower-case/],
    [{ name: 'a', id: 'x'.repeat(31) }, '/id', /3 to 30/],
    [{ name: 'a', colour: 'red' }, '/colour', /^is not a known field$/],
    [{ name: 'a', 'odd/na~me': 1 }, '/odd~1na~0me', /^is not a known field$/],
    [{ name: 'a', config: [] }, '/config', /^must be an object$/],
    [{ name: 'a', config: { plugins: { cors: { allowOrigins: ['*', 7] } } } }, '/config/plugins/cors/allowOrigins/1', /^must be a string$/],
    [{ name: 'a', config: { plugins: { 'limit-count': { count: 0, windowSeconds: 1 } } } }, '/config/plugins/limit-count/count', /^must be 1 or more$/]
  ]
  for (const [body, pointer, detail] of cases) {
    t.match(await admin('POST', '/api-gateways', body), { status: 400, json: { code: 'validation_failed', errors: [{ pointer, detail }] } }, JSON.stringify(body).slice(0, 60))
  }
  const several = await admin('POST', '/api-gateways', { id: 'X', name: 1, colour: 'red', config: { plugins: { magic: 1 } } })
  t.strictSame((several.json as { errors: Array<{ pointer: string }> }).errors.map(({ pointer }) => pointer).sort(), ['/colour', '/config/plugins/magic', '/id', '/name'])
  t.equal(await store.revision(), 0)
})

t.test('odd paths are 4xx', async t => {
  const { url, logs } = await startControlPlane(t)
  const cases: Array<[method: string, path: string, status: number, code: string]> = [
    ['GET', '/v1/api-gateways/%zz', 400, 'malformed_request'],
    ['GET', '/v1/api-gateways/%ff', 400, 'malformed_request'],
    ['GET', '/v1/api-gateways/a%00b', 400, 'validation_failed'],
    ['GET', '/v1/api-gateways/SHOP', 400, 'validation_failed'],
    ['GET', '/v1/api-gateways/..%2f..%2fetc', 400, 'validation_failed'],
    ['GET', `/v1/api-gateways/${'a'.repeat(31)}`, 400, 'validation_failed'],
    ['GET', `/v1/api-gateways/${'a'.repeat(2000)}`, 404, 'not_found'],
    ['GET', '/v1/api-gateways/shop/', 404, 'not_found'],
    ['GET', '/v1/api-gateways//environments', 400, 'validation_failed'],
    ['GET', '/nope', 404, 'not_found'],
    ['GET', '/', 404, 'not_found'],
    ['GET', '/v1/api-gateways/shop?x=%', 400, 'validation_failed'],
    ['POST', '/healthz', 405, 'method_not_allowed'],
    ['PUT', '/v1/api-gateways', 405, 'method_not_allowed'],
    ['POST', '/v1/api-gateways/shop', 405, 'method_not_allowed'],
    ['GET', '/v1/api-gateways/shop/environments/dev/clients/abc/regenerate-key', 405, 'method_not_allowed']
  ]
  for (const [method, path, status, code] of cases) {
    t.match(await exchange(url, raw(method, path)), { status, document: { code } }, `${method} ${path.slice(0, 60)}`)
  }
  t.match((await exchange(url, raw('PUT', '/v1/api-gateways'))).headers, /\r\nallow: get, head, post\r\n/)
  t.match((await exchange(url, raw('GET', '/docs', '', { host: 'a b' }))), { status: 400, document: { code: 'host_invalid' } })
  t.notMatch(logs(), /"level":50/)
})

t.test('what is not even HTTP gets a problem, too', async t => {
  const { url } = await startControlPlane(t)
  t.match(await exchange(url, 'nonsense\r\n\r\n'), { status: 400, document: { code: 'malformed_request' } })
  t.match(await exchange(url, raw('GET', '/healthz', '', { 'x-large': 'x'.repeat(20_000) })), { status: 431, document: { code: 'headers_too_large' } })
})

t.test('a fault of the store is told as such, and its text stays inside', async t => {
  let fault: Error = new StoreError('unavailable', 'disk full at /secret/path')
  const { admin, logs, url } = await startControlPlane(t, {
    wrapStore: store => ({ ...store, listGateways: async () => { throw fault }, ping: async () => { throw fault } })
  })
  const unavailable = await admin('GET', '/api-gateways')
  t.match(unavailable, { status: 503, headers: { 'retry-after': /^\d+$/ }, json: { code: 'store_unavailable' } })
  t.match(await admin('GET', '//readyz'), { status: 503, json: { code: 'store_unavailable' } })
  fault = new TypeError('internal text with /secret/path')
  const internal = await admin('GET', '/api-gateways')
  t.match(internal, { status: 500, json: { code: 'internal' } })
  for (const { text } of [unavailable, internal]) t.notMatch(text, /secret/)
  t.match(logs(), /"level":50.*internal text with/)
  t.match(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' })
})

t.test('a request id is made for every answer and never taken over', async t => {
  const { admin, logs } = await startControlPlane(t)
  const answer = await admin('GET', '/api-gateways/nope', undefined, { 'x-request-id': 'mine', 'request-id': 'mine' })
  const { requestId } = answer.json as { requestId: string }
  t.equal(answer.headers['x-request-id'], requestId)
  t.match(requestId, /^[0-9a-f-]{36}$/)
  t.ok(logs().includes(requestId))
})
