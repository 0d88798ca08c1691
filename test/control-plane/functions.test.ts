import t from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { startControlPlane } from '../support/control-plane.ts'

const functions = '/api-gateways/shop/functions'
const hello = { methods: ['GET'], path: '/hello/:name', source: 'export default (ctx: { params: { name: string } }) => ({ hello: ctx.params.name })' }

t.test('a function is saved, deployed to dev, read with its files and deleted', async t => {
  const { admin, store, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const saved = await admin('PUT', `${functions}/hello`, { ...hello, methods: ['POST', 'GET'] })
  t.match(saved, { status: 201, headers: { etag: /^"2-v[0-9a-f]{24}"$/, 'x-imprun-revision': '2' } })
  const { version, ...rest } = saved.json as { version: string }
  t.match(version, /^v[0-9a-f]{24}$/)
  t.strictSame(rest, {
    name: 'hello',
    methods: ['GET', 'POST'],
    path: '/hello/:name',
    timeoutMs: 10_000,
    limits: effectiveLimits(),
    schedules: [],
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z',
    release: 1,
    preview: null
  })
  t.match((await admin('GET', `${functions}/hello`)).json, { name: 'hello', version, entrypoint: 'hello.ts', files: { 'hello.ts': hello.source } })
  t.match((await admin('GET', functions)).json, { items: [{ name: 'hello', version, files: undefined }], nextCursor: null })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev')).json, { release: 1 })
  t.match((await store.getRelease({ gatewayId: 'shop', environment: 'dev' }, 1))?.routes, [
    { functionName: 'hello', versionId: version, methods: ['GET', 'POST'], path: '/hello/:name', timeoutMs: 10_000 }
  ])

  clock.advance(1)
  t.match(await admin('PUT', `${functions}/hello`, { ...hello, timeoutMs: 500 }), {
    status: 200, json: { methods: ['GET'], timeoutMs: 500, release: 2, createdAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.001Z' }
  })
  t.match((await admin('GET', `${functions}/hello/versions`)).json, { items: [{ number: 2, timeoutMs: 500, entrypoint: 'hello.ts' }, { number: 1, id: version }] })

  t.match(await admin('DELETE', `${functions}/hello`), { status: 204, headers: { 'x-imprun-revision': '4' } })
  t.match(await admin('GET', `${functions}/hello`), { status: 404, json: { code: 'function_not_found' } })
  t.match(await admin('GET', `${functions}/hello/versions`), { status: 404, json: { code: 'function_not_found' } })
  t.match(await store.getRelease({ gatewayId: 'shop', environment: 'dev' }, 3), { routes: [] })
})

t.test('the same content again is the same version and no new release, whichever way it is sent', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const first = await admin('PUT', `${functions}/hello`, { ...hello, methods: ['GET', 'POST'] })
  const again = await admin('PUT', `${functions}/hello`, { ...hello, methods: ['POST', 'GET'] })
  t.match(again, { status: 200, headers: { etag: first.headers.etag } })
  t.strictSame(again.json, first.json)
  const { methods, path, files, entrypoint, timeoutMs } = (await admin('GET', `${functions}/hello`)).json as Record<string, unknown>
  t.strictSame((await admin('PUT', `${functions}/hello`, { methods, path, files, entrypoint, timeoutMs })).json, first.json)
  t.equal(await store.revision(), 2)

  await admin('PUT', `${functions}/hello`, { ...hello, source: 'export default () => 2' })
  const back = await admin('PUT', `${functions}/hello`, { ...hello, methods: ['GET', 'POST'] })
  t.match(back.json, { version: (first.json as { version: string }).version, release: 3 })
  t.match((await admin('GET', `${functions}/hello/versions`)).json, { items: [{ number: 2 }, { number: 1 }] })
})

t.test('deploy=false only stores, and the same thing can be deployed later', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const stored = await admin('PUT', `${functions}/hello?deploy=false`, hello)
  t.match(stored, { status: 201, json: { release: null } })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev')).json, { release: null })
  const { version } = stored.json as { version: string }
  t.match(await admin('PUT', `${functions}/hello`, hello), { status: 200, json: { version, release: 1 } })
  t.match(await admin('PUT', `${functions}/hello?deploy=maybe`, hello), { status: 400, json: { errors: [{ pointer: '/query/deploy' }] } })
})

t.test('without an environment dev there is nothing to deploy to', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('DELETE', '/api-gateways/shop/environments/dev')
  t.match(await admin('PUT', `${functions}/hello`, hello), { status: 409, json: { code: 'function_not_deployable' } })
  t.equal(await store.revision(), 2)
  t.equal((await admin('PUT', `${functions}/hello?deploy=false`, hello)).status, 201)
  t.equal((await admin('DELETE', `${functions}/hello`)).status, 204)
})

t.test('two functions cannot answer the same requests', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${functions}/hello`, { ...hello, methods: ['GET', 'POST'] })
  const other = { ...hello, methods: ['POST', 'DELETE'], path: '/hello/:who', source: 'export default () => 1' }
  t.match(await admin('PUT', `${functions}/other`, other), {
    status: 409, json: { code: 'route_conflict', functionName: 'hello', detail: /POST \/hello\/:name .*"hello"/, errors: [{ pointer: '/path' }] }
  })
  t.match(await admin('GET', `${functions}/other`), { status: 404 })
  t.equal(await store.revision(), 2)
  t.equal((await admin('PUT', `${functions}/other`, { ...other, methods: ['DELETE'] })).status, 201)
  t.equal((await admin('PUT', `${functions}/hello`, { ...hello, methods: ['GET'] })).status, 200)
  t.equal((await admin('PUT', `${functions}/other`, other)).status, 200)
})

t.test('paths, methods and times have bounds', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const path of ['', 'hello', '/a//b', '/a?b', '/:', '/:a-b', '/a/*/b', '/a*', '/:a(\\d+)', '/%41', '/ü', '/:x/:x', `/${'a'.repeat(512)}`, '/a/', 7]) {
    const answer = await admin('PUT', `${functions}/hello`, { ...hello, path })
    if (path === '/a/') t.equal(answer.status, 201)
    else t.match(answer, { status: 400, json: { errors: [{ pointer: '/path' }] } }, String(path).slice(0, 20))
  }
  for (const methods of [[], ['get'], ['TRACE'], ['GET', 'GET'], 'GET', undefined]) {
    t.match(await admin('PUT', `${functions}/hello`, { ...hello, methods }), { status: 400, json: { errors: [{ pointer: /^\/methods/ }] } }, String(methods))
  }
  for (const timeoutMs of [0, -1, 1.5, 120_001, '10', null]) {
    t.match(await admin('PUT', `${functions}/hello`, { ...hello, timeoutMs }), { status: 400, json: { errors: [{ pointer: '/timeoutMs' }] } })
  }
  for (const name of ['1a', '.hidden', 'a%2Fb', 'a'.repeat(65), 'a b']) {
    t.match(await admin('PUT', `${functions}/${encodeURI(name)}`, hello), { status: 400, json: { errors: [{ pointer: '/params/functionName' }] } }, name)
  }
  t.equal(await store.revision(), 2)
})

t.test('every path that is allowed can be routed', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const paths = ['/', '/*', '/a(b)c', "/it's", '/a+b', '/a=b,c@d', '/!$&', '/~a/.b/-c/_d', '/:a/:b_1/*']
  for (const [index, path] of paths.entries()) {
    t.equal((await admin('PUT', `${functions}/f${index}`, { ...hello, path })).status, 201, path)
  }
})
