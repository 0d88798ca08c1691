import t from 'tap'
import { readFeed } from '../support/feed-reader.ts'
import { gateway, openCanaryShop, staging } from '../support/canary-shop.ts'

const dev = `${gateway}/environments/dev`
const fn = { methods: ['GET'], path: '/', message: 'Try four' }
const source = (value: number) => ({ ...fn, source: `export default () => ${value}` })

t.test('a function that is saved as a preview has a host of its own, and dev stays what it is', async t => {
  const { admin, url, versions } = await openCanaryShop(t)
  await admin('PUT', `${gateway}/functions/g`, { methods: ['GET'], path: '/g', source: 'export default () => 1' })
  const saved = await admin('PUT', `${gateway}/functions/f?preview=true`, source(4))
  const { version } = saved.json as { version: string }
  t.match(saved, { status: 200, headers: { 'x-imprun-revision': /^\d+$/ } })
  const place = { environment: 'dev', release: 5, domain: 'shop-dev--5.api.localhost', expiresAt: '2030-01-08T00:00:00.000Z' }
  t.match(saved.json, { release: null })
  t.strictSame((saved.json as { preview: unknown }).preview, place)
  t.match((await admin('GET', dev)).json, { release: 4, previews: [{ release: 5, domain: 'shop-dev--5.api.localhost', expiresAt: place.expiresAt }] })
  t.match((await admin('GET', `${gateway}/functions/f`)).json, { version }, 'it is the newest version')
  const feed = await readFeed(t, url, { query: '?environments=dev', until: ({ type }) => type === 'commit' })
  t.match(feed.find(({ type }) => type === 'environment'), {
    value: { release: { number: 4, routes: [{ versionId: versions[2] }, { functionName: 'g' }] }, previews: [{ release: { number: 5, routes: [{ versionId: version }, { functionName: 'g' }] }, expiresAt: place.expiresAt }] }
  })
  t.match((await admin('GET', `${dev}/releases/5`)).json, { use: 'preview', basedOn: 4, note: 'Try four', origin: { kind: 'deployment' } })
  t.match((await admin('PUT', `${gateway}/functions/f`, source(4))).json, { version, release: 6, preview: null }, 'deployed later, nothing is built again')
})

t.test('the same content again is the same preview, which is there for longer', async t => {
  const { admin, clock, store, versions } = await openCanaryShop(t)
  const save = async (value: number, query = ''): Promise<unknown> => ((await admin('PUT', `${gateway}/functions/f?preview=true${query}`, source(value))).json as { preview: unknown }).preview
  t.match(await save(4), { release: 4, expiresAt: '2030-01-08T00:00:00.000Z' })
  const before = await store.revision()
  t.match(await save(4), { release: 4 })
  t.equal(await store.revision(), before, 'nothing has changed')
  clock.advance(86_400_000)
  t.match(await save(4), { release: 4, expiresAt: '2030-01-09T00:00:00.000Z' })
  t.match(await save(4, '&expiresInSeconds=60'), { release: 4, expiresAt: '2030-01-09T00:00:00.000Z' }, 'never for shorter')
  t.match(await save(5), { release: 5, expiresAt: '2030-01-09T00:00:00.000Z' })
  t.match(await save(4, '&expiresInSeconds=2592000'), { release: 4, expiresAt: '2030-02-01T00:00:00.000Z' }, 'an old version again')
  t.match((await admin('GET', `${gateway}/functions/f/versions`)).json, { items: [{ number: 5 }, { number: 4 }, { id: versions[2] }, {}, {}] })
  t.match(await save(3), { release: 6 }, 'what dev serves may be previewed, too')
})

t.test('a preview may be of another environment, a new function, and beside a canary', async t => {
  const { admin, release } = await openCanaryShop(t)
  await release(2, { canary: {} })
  const saved = await admin('PUT', `${gateway}/functions/new?preview=true&environment=staging&expiresInSeconds=60`, { methods: ['GET'], path: '/new', source: 'export default () => 1' })
  t.match(saved, { status: 201, json: { release: null, preview: { environment: 'staging', release: 3, domain: 'shop-staging--3.api.localhost', expiresAt: '2030-01-01T00:01:00.000Z' } } })
  t.match((await admin('GET', `${staging}/releases/3`)).json, { basedOn: 1, routes: [{ functionName: 'f' }, { functionName: 'new' }] })
  t.match((await admin('GET', staging)).json, { release: 1, canary: { release: 2 } })
  t.match((await admin('GET', dev)).json, { release: 3, previews: [] })
})

t.test('what makes no sense is refused, and saves nothing', async t => {
  const { admin, store } = await openCanaryShop(t)
  const before = await store.revision()
  const wrong: Array<[query: string, pointer: string]> = [
    ['preview=true&deploy=true', '/query/deploy'],
    ['environment=dev', '/query/environment'],
    ['expiresInSeconds=60', '/query/expiresInSeconds'],
    ['preview=true&expiresInSeconds=59', '/query/expiresInSeconds'],
    ['preview=true&expiresInSeconds=2592001', '/query/expiresInSeconds'],
    ['preview=true&environment=Dev', '/query/environment']
  ]
  for (const [query, pointer] of wrong) t.match(await admin('PUT', `${gateway}/functions/f?${query}`, source(4)), { status: 400, json: { errors: [{ pointer }] } }, query)
  t.match(await admin('PUT', `${gateway}/functions/f?preview=true&environment=beta`, source(4)), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('PUT', `${gateway}/functions/other?preview=true&environment=staging`, source(4)), { status: 409, json: { code: 'route_conflict', detail: /in staging/ } })
  t.match(await admin('PUT', `${gateway}/functions/f?preview=true`, source(4), { 'if-match': '"1-v000000000000000000000000"' }), { status: 412 })
  t.equal(await store.revision(), before)
})
