import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
const fn = (value: number, path: string): object => ({ methods: ['GET'], path, source: `export default () => ${value}` })

async function versionsOf (admin: Admin, environment: string): Promise<Record<string, string>> {
  const { items: [newest] } = (await admin('GET', `${gateway}/environments/${environment}/releases?limit=1`)).json as { items: Array<{ routes: Array<{ functionName: string, versionId: string }> }> }
  return Object.fromEntries((newest?.routes ?? []).map(({ functionName, versionId }) => [functionName, versionId]))
}

t.test('functions go to dev in one release, and nowhere else', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { a: fn(1, '/a'), b: fn(1, '/b') } })
  await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  const released = await versionsOf(admin, 'staging')
  const swapped = await write('shop', { ...head, functions: { a: fn(2, '/b'), b: fn(2, '/a'), c: fn(1, '/c') } })
  t.match(swapped, { status: 200, json: { changed: true } }, 'paths can change places, since all is released at once')
  t.match((await admin('GET', `${gateway}/environments/dev/releases`)).json, { items: [{ number: 2, routes: [{ path: '/b' }, { path: '/a' }, { path: '/c' }] }, { number: 1 }] })
  t.strictSame(await versionsOf(admin, 'staging'), released)
})

t.test('an environment serves the versions that a document names', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { a: fn(1, '/a'), b: fn(1, '/b') } })
  const first = await versionsOf(admin, 'dev')
  await write('shop', { ...head, functions: { a: fn(2, '/a') } })
  const second = await versionsOf(admin, 'dev')
  const serving = (serves: Record<string, string | null>): object => ({ ...head, environments: [{ name: 'dev' }, { name: 'staging' }, { name: 'prod', serves }] })
  const changes = async (serves: Record<string, string | null>, query = ''): Promise<string[]> => changesOf((await write('shop', serving(serves), query)).json)

  t.strictSame(await changes({ a: first.a!, b: first.b! }), ['created route prod/a', 'created route prod/b'])
  t.strictSame(await versionsOf(admin, 'prod'), first)
  t.match((await admin('GET', `${gateway}/environments/prod/releases`)).json, { items: [{ number: 1, origin: { kind: 'import' } }] })
  t.strictSame(await changes({ a: second.a! }), ['changed route prod/a /versionId', 'kept route prod/b'])
  t.strictSame(await changes({ a: first.b!, b: 'v000000000000000000000000', nope: 'x' }), ['missing route prod/a', 'missing route prod/b', 'missing route prod/nope'])
  t.strictSame(await versionsOf(admin, 'prod'), { a: second.a, b: first.b }, 'what is missing changes nothing')
  t.strictSame(await changes({ b: null }), ['removed route prod/b', 'kept route prod/a'])
  t.strictSame(await changes({ b: first.b! }, '?prune=true'), ['created route prod/b', 'removed route prod/a'])
  t.strictSame(await versionsOf(admin, 'prod'), { b: first.b })
  t.strictSame(await versionsOf(admin, 'dev'), second)
})

t.test('dev serves what the document names, too, and the newest otherwise', async t => {
  const { admin, url } = await startControlPlane(t)
  const { export: read, import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { a: fn(1, '/a'), b: fn(1, '/b') } })
  const first = await versionsOf(admin, 'dev')
  await write('shop', { ...head, functions: { a: fn(2, '/a'), b: fn(2, '/b') }, environments: [{ name: 'dev', serves: { a: first.a!, b: null } }] })
  t.strictSame(await versionsOf(admin, 'dev'), { a: first.a })
  const exported = (await read('shop', { accept: 'application/json' })).json as { environments: Array<{ serves: object }> }
  t.strictSame(exported.environments[0]!.serves, { a: first.a, b: null })
  t.match((await write('shop', exported)).json, { changed: false })
})

t.test('without dev, functions are stored and nothing serves them', async t => {
  const { admin, url } = await startControlPlane(t)
  const { export: read, import: write } = declarationsOf(url)
  const made = await write('shop', { ...head, environments: [{ name: 'live' }], functions: { a: fn(1, '/a') } })
  t.match(made, { status: 201 })
  t.match((await admin('GET', gateway)).json, { environments: ['live'], defaultEnvironment: 'live' })
  t.match((await admin('GET', `${gateway}/functions`)).json, { items: [{ name: 'a' }] })
  t.match((await write('shop', (await read('shop')).text)).json, { changed: false })
})

t.test('a deleted function that is served elsewhere is served on', async t => {
  const { admin, url } = await startControlPlane(t)
  const { export: read, import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { a: fn(1, '/a'), b: fn(1, '/b') } })
  await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  const before = await versionsOf(admin, 'staging')
  t.strictSame(changesOf((await write('shop', { ...head, functions: { a: fn(1, '/a') } }, '?prune=true')).json), ['removed function b', 'removed route dev/b'])
  t.strictSame(await versionsOf(admin, 'staging'), before)
  t.match((await write('shop', (await read('shop')).text, '?prune=true')).json, { changed: false })
})
