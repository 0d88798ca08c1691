import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { functionsRestorableMs } from '../../control-plane/store/store.ts'

const gateway = '/api-gateways/shop'
const hello = { methods: ['GET'], path: '/hello', source: 'export default () => 1' }
const functionOf = (name: string): string => `${gateway}/functions/${name}`

t.test('a deleted function can be seen, and restored as it was', async t => {
  const { admin, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', functionOf('hello'), hello)
  const saved = (await admin('PUT', functionOf('hello'), { ...hello, source: 'export default () => 2', timeoutMs: 500, schedules: [{ cron: '0 0 * * *' }] })).json as { version: string }
  const before = await admin('GET', functionOf('hello'))
  clock.advance(1_000)
  await admin('DELETE', functionOf('hello'))
  const described = {
    name: 'hello', methods: ['GET'], path: '/hello', version: saved.version, deletedAt: '2030-01-01T00:00:01.000Z', restorableUntil: '2030-01-31T00:00:01.000Z'
  }
  t.strictSame((await admin('GET', `${gateway}/deleted-functions`)).json, { items: [described], nextCursor: null })
  t.match(await admin('GET', `${gateway}/deleted-functions/hello`), { json: described, headers: { etag: `"4-${saved.version}"` } })
  clock.advance(1_000)
  const restored = await admin('POST', `${functionOf('hello')}/restore`)
  t.match(restored, { status: 201, headers: { 'x-imprun-revision': '5' }, json: { version: saved.version, timeoutMs: 500, release: 4, updatedAt: '2030-01-01T00:00:02.000Z' } })
  const { json, headers } = await admin('GET', functionOf('hello'))
  t.strictSame(json, { ...before.json as object, updatedAt: '2030-01-01T00:00:02.000Z' })
  t.equal(headers.etag, restored.headers.etag)
  t.match((await admin('GET', `${gateway}/environments/dev/releases/4`)).json, { origin: { kind: 'deployment' }, routes: [{ functionName: 'hello', versionId: saved.version, timeoutMs: 500 }] })
  t.strictSame((await admin('GET', `${gateway}/deleted-functions`)).json, { items: [], nextCursor: null })
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 409, json: { code: 'function_exists' }, headers: { etag: headers.etag } })
  await admin('PUT', functionOf('hello'), { ...hello, source: 'export default () => 3' })
  t.match((await admin('GET', `${functionOf('hello')}/versions`)).json, { items: [{ number: 3 }, { number: 2, id: saved.version }, { number: 1 }] })
})

t.test('it can come back without being deployed', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', functionOf('hello'), hello)
  await admin('DELETE', functionOf('hello'))
  t.match(await admin('POST', `${functionOf('hello')}/restore?deploy=false`), { status: 201, json: { release: null } })
  t.match((await admin('GET', `${gateway}/environments/dev/releases/2`)).json, { routes: [] })
  t.match((await admin('GET', `${gateway}/environments/dev`)).json, { release: 2 })
})

t.test('a route that somebody else answers meanwhile is theirs', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', functionOf('hello'), hello)
  await admin('DELETE', functionOf('hello'))
  await admin('PUT', functionOf('other'), { ...hello, source: 'export default () => 2' })
  const before = await store.revision()
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 409, json: { code: 'route_conflict', functionName: 'other' } })
  t.equal(await store.revision(), before)
  t.equal((await admin('POST', `${functionOf('hello')}/restore?deploy=false`)).status, 201)
})

t.test('a function that was made anew stays, and its name keeps its history', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', functionOf('hello'), hello)
  await admin('DELETE', functionOf('hello'))
  const anew = (await admin('PUT', functionOf('hello'), { ...hello, path: '/anew' })).json as { version: string }
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 409, json: { code: 'function_exists', detail: /among its versions/ } })
  t.match((await admin('GET', functionOf('hello'))).json, { version: anew.version })
  t.match((await admin('GET', `${functionOf('hello')}/versions`)).json, { items: [{ number: 2 }, { number: 1 }] })
  await admin('DELETE', functionOf('hello'))
  t.match((await admin('POST', `${functionOf('hello')}/restore`)).json, { version: anew.version, path: '/anew' })
})

t.test('If-Match names the deletion that was seen', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', functionOf('hello'), hello)
  await admin('DELETE', functionOf('hello'))
  const { etag } = (await admin('GET', `${gateway}/deleted-functions/hello`)).headers
  await admin('PUT', functionOf('hello'), { ...hello, source: 'export default () => 2' })
  await admin('DELETE', functionOf('hello'))
  const before = await store.revision()
  t.match(await admin('POST', `${functionOf('hello')}/restore`, undefined, { 'if-match': String(etag) }), { status: 412, json: { code: 'precondition_failed' } })
  t.equal(await store.revision(), before)
  const now = (await admin('GET', `${gateway}/deleted-functions/hello`)).headers.etag
  t.equal((await admin('POST', `${functionOf('hello')}/restore`, undefined, { 'if-match': String(now) })).status, 201)
})

t.test('what was never there, or is away for too long, is not found', async t => {
  const { admin, clock } = await startControlPlane(t)
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.match(await admin('GET', `${gateway}/deleted-functions`), { status: 404, json: { code: 'api_gateway_not_found' } })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 404, json: { code: 'function_not_found' } })
  await admin('PUT', functionOf('hello'), hello)
  await admin('DELETE', functionOf('hello'))
  clock.advance(functionsRestorableMs)
  t.match(await admin('POST', `${functionOf('hello')}/restore`), { status: 404, json: { code: 'function_not_found' } })
  t.match(await admin('GET', `${gateway}/deleted-functions/hello`), { status: 404, json: { code: 'function_not_found' } })
  t.strictSame((await admin('GET', `${gateway}/deleted-functions`)).json, { items: [], nextCursor: null })
  t.match(await admin('POST', `${gateway}/environments/staging/releases`, { functions: { hello: 1 } }), { status: 201, json: { routes: [{ path: '/hello' }] } }, 'but its versions are there')
})
