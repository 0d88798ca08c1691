import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const releasesOf = (environment: string): string => `${gateway}/environments/${environment}/releases`
const releases = releasesOf('staging')

async function saveFunction (admin: Admin, name: string, value: number): Promise<string> {
  const saved = await admin('PUT', `${gateway}/functions/${name}`, { methods: ['GET'], path: `/${name}`, source: `export default () => ${value}` })
  return (saved.json as { version: string }).version
}

t.test('a promotion brings all that dev serves, and nothing else', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const a = await saveFunction(admin, 'a', 1)
  const b = await saveFunction(admin, 'b', 1)
  await admin('POST', `${gateway}/environments/dev/clients`, { name: 'Mobile' })
  await admin('PUT', `${gateway}/environments/dev/variables/A`, { value: '1' })
  const promoted = await admin('POST', releases, { from: 'dev', note: 'First' })
  t.match(promoted, { status: 201, headers: { 'x-imprun-revision': '6', etag: /^"r1-[0-9a-z]+"$/ } })
  t.match(promoted.json, {
    number: 1,
    environment: 'staging',
    origin: { kind: 'promotion', environment: 'dev', release: 2 },
    note: 'First',
    author: 'admin',
    forced: false,
    routes: [
      { functionName: 'a', versionId: a, methods: ['GET'], path: '/a', timeoutMs: 10_000 },
      { functionName: 'b', versionId: b, methods: ['GET'], path: '/b', timeoutMs: 10_000 }
    ],
    createdAt: '2030-01-01T00:00:00.000Z'
  })
  t.match((await admin('GET', `${gateway}/environments/staging`)).json, { release: 1 })
  t.strictSame((await admin('GET', `${gateway}/environments/staging/clients`)).json, { items: [], nextCursor: null })
  t.strictSame((await admin('GET', `${gateway}/environments/staging/variables`)).json, { items: [], nextCursor: null })
  const feed = await readFeed(t, url, { query: '?environments=staging', until: ({ type }) => type === 'commit' })
  t.match(feed.find(message => message.type === 'environment'), { environment: 'staging', value: { variables: {}, release: { number: 1 } } })

  const changed = await saveFunction(admin, 'a', 2)
  t.match((await admin('GET', releases)).json, { items: [{ number: 1 }] })
  t.match((await admin('POST', releases, { from: 'dev' })).json, { number: 2, note: '', routes: [{ versionId: changed }, { versionId: b }] })
  t.match((await admin('GET', releases)).json, { items: [{ number: 2 }, { number: 1, note: 'First', routes: [{ versionId: a }, { versionId: b }] }] })
  t.match((await admin('GET', `${releases}/1`)).json, { number: 1, note: 'First' })
  t.match(await admin('GET', `${releases}/3`), { status: 404, json: { code: 'release_not_found' } })
})

t.test('a deleted function stays released elsewhere until the next promotion', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const version = await saveFunction(admin, 'a', 1)
  await admin('POST', releases, { from: 'dev' })
  await admin('DELETE', `${gateway}/functions/a`)
  t.match((await admin('GET', releasesOf('dev'))).json, { items: [{ number: 2, origin: { kind: 'deployment' }, routes: [] }, { number: 1 }] })
  t.match((await admin('GET', releases)).json, { items: [{ number: 1, routes: [{ versionId: version }] }] })
  t.match(await admin('POST', releases, { from: 'dev' }), { status: 201, json: { number: 2, routes: [] } })
})

t.test('what makes no sense is refused, and makes no release', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('POST', releases, { from: 'dev' }), { status: 409, json: { code: 'nothing_to_promote' } })
  await saveFunction(admin, 'a', 1)
  t.equal((await admin('POST', releases, { from: 'dev' })).status, 201)
  const before = await store.revision()
  t.match(await admin('POST', releases, { from: 'dev' }), { status: 409, json: { code: 'nothing_to_promote' } })
  const invalid: Array<[body: object, pointer: string]> = [
    [{ from: 'staging' }, '/from'],
    [{ from: 'nope' }, '/from'],
    [{}, '/from'],
    [{ functions: ['a'] }, '/from'],
    [{ from: 'dev', functions: { a: 1 } }, '/functions'],
    [{ from: 'dev', functions: ['a', 'nope'] }, '/functions/1'],
    [{ functions: { a: 7 } }, '/functions/a'],
    [{ functions: { a: 'v000000000000000000000000' } }, '/functions/a'],
    [{ functions: { nope: 1 } }, '/functions/nope'],
    [{ from: 'dev', note: 'x'.repeat(501) }, '/note']
  ]
  for (const [body, pointer] of invalid) t.match(await admin('POST', releases, body), { status: 400, json: { errors: [{ pointer }] } }, JSON.stringify(body))
  t.match(await admin('POST', releasesOf('nope'), { from: 'dev' }), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('GET', '/api-gateways/nope/environments/prod/releases'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.equal(await store.revision(), before)
})
