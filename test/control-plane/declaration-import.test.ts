import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'
import { makeShop } from '../support/declared-shop.ts'
import { readFeed } from '../support/feed-reader.ts'

t.test('an unchanged export changes nothing', async t => {
  const { admin, url, store } = await startControlPlane(t)
  await makeShop(admin)
  await admin('DELETE', '/api-gateways/shop/functions/late')
  await admin('PUT', '/api-gateways/shop/functions/list', { methods: ['GET'], path: '/newer', source: 'export default () => 2' })
  const { export: read, import: write } = declarationsOf(url)
  const before = await store.revision()
  const exported = await read('shop')
  for (const document of [exported.text, (await read('shop', { accept: 'application/json' })).json as object]) {
    for (const query of ['', '?prune=true', '?dryRun=true']) {
      const answer = await write('shop', document, query)
      t.match(answer, { status: 200, json: { changed: false } })
      t.strictSame(new Set(answer.json.steps.map(({ action }) => action)), new Set(['unchanged']))
    }
  }
  t.equal(await store.revision(), before)
  t.equal((await read('shop')).text, exported.text)
})

t.test('a document makes a gateway that is not there, in one commit', async t => {
  const from = await startControlPlane(t)
  const versions = await makeShop(from.admin)
  const { text } = await declarationsOf(from.url).export('shop')
  const { admin, url, store } = await startControlPlane(t)
  const { export: read, import: write } = declarationsOf(url)

  const dry = await write('shop', text, '?dryRun=true')
  t.match(dry, { status: 200, json: { dryRun: true, changed: true } })
  t.equal(await store.revision(), 0)
  t.equal((await admin('GET', '/api-gateways/shop')).status, 404)

  const made = await write('shop', text)
  t.match(made, { status: 201, headers: { location: '/v1/api-gateways/shop', etag: '"1"', 'x-imprun-revision': '1' }, json: { dryRun: false, changed: true } })
  t.strictSame(made.json.steps, dry.json.steps)
  t.strictSame(changesOf(made.json), [
    'created gateway shop', 'created plugin limit-count',
    'created environment dev', 'created environment staging', 'created environment prod', 'created plugin prod/cors',
    'created variable dev/CURRENCY', 'created variable dev/NUMBER', 'missing secret dev/TOKEN', 'created upstream dev/orders',
    'created client dev/Mobile', 'created client dev/Web',
    'created function late', 'created function list',
    'created route dev/list', 'created route staging/list'
  ])
  t.equal(await store.revision(), 1)
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.match(feed.at(-1), { revision: 1 })
  t.match(feed.filter(({ type }) => type === 'environment').map(message => 'value' in message && message.value), [
    { release: { routes: [{ functionName: 'list', versionId: versions.list }] } }, { release: { routes: [{ versionId: versions.list }] } }, { release: null }
  ])
  t.equal((await read('shop')).text, text.replace('secrets:\n      - TOKEN', 'secrets: []'))
  await admin('PUT', '/api-gateways/shop/environments/dev/variables/TOKEN', { value: 'x', secret: true })
  t.strictSame(changesOf((await write('shop', text)).json), [])
})

t.test('what is left out stays, and what is not named is removed by request', async t => {
  const { admin, url, store } = await startControlPlane(t)
  await makeShop(admin)
  const { import: write } = declarationsOf(url)
  const before = await store.revision()
  const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
  t.match(await write('shop', head, '?prune=true'), { json: { changed: false } })
  t.equal(await store.revision(), before)

  const document = {
    ...head,
    config: { plugins: {} },
    environments: [{ name: 'dev', variables: {}, secrets: [], clients: [{ name: 'Mobile' }] }, { name: 'prod', config: {} }],
    functions: { late: { methods: ['GET'], path: '/late', source: 'export default () => \'late\'' } }
  }
  const kept = await write('shop', document)
  t.strictSame(changesOf(kept.json), [
    'kept plugin limit-count', 'kept environment staging', 'kept variable dev/CURRENCY', 'kept variable dev/NUMBER', 'kept secret dev/TOKEN',
    'kept client dev/Web', 'kept function list', 'created route dev/late'
  ])
  t.equal(await store.revision(), before + 1)
  t.match((await admin('GET', '/api-gateways/shop')).json, { environments: ['dev', 'staging', 'prod'] })

  const pruned = await write('shop', document, '?prune=true')
  t.strictSame(changesOf(pruned.json), [
    'changed gateway shop /environments', 'removed plugin limit-count', 'removed environment staging', 'removed variable dev/CURRENCY', 'removed variable dev/NUMBER', 'removed secret dev/TOKEN',
    'removed client dev/Web', 'removed function list', 'removed route dev/list'
  ])
  t.equal(await store.revision(), before + 2)
  t.match((await admin('GET', '/api-gateways/shop')).json, { environments: ['dev', 'prod'], config: { plugins: {} } })
  t.match((await admin('GET', '/api-gateways/shop/environments/prod')).json, { config: { plugins: { cors: {} } } })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev/clients')).json, { items: [{ name: 'Mobile', description: 'The app', enabled: false }] })
  t.match(await write('shop', document, '?prune=true'), { json: { changed: false } })
})

t.test('changes are named field by field, and are one revision', async t => {
  const { admin, url, store } = await startControlPlane(t)
  await makeShop(admin)
  const { export: read, import: write } = declarationsOf(url)
  const { text } = await read('shop')
  const changed = text
    .replace('name: Shop', 'name: The shop').replace('defaultEnvironment: prod', 'defaultEnvironment: staging')
    .replace('count: 100', 'count: 200').replace('CURRENCY: EUR', 'CURRENCY: CHF').replace('enabled: false', 'enabled: true')
    .replace('path: /list/:id', 'path: /lists/:id').replace('return two //', 'return two + 1 //')
    .replace('  - name: staging', '  - name: beta\n    clients:\n      - name: Tester\n  - name: staging')
  const before = await store.revision()
  const answer = await write('shop', changed)
  t.strictSame(changesOf(answer.json), [
    'changed gateway shop /name /defaultEnvironment /environments', 'changed plugin limit-count /count', 'created environment beta',
    'changed variable dev/CURRENCY /value', 'changed client dev/Mobile /enabled', 'created client beta/Tester',
    'changed function list /files/index.ts /path', 'changed route dev/list /path /versionId'
  ])
  t.equal(await store.revision(), before + 1)
  t.match(answer.headers, { 'x-imprun-revision': String(before + 1), etag: `"${before + 1}"` })
  t.match((await admin('GET', '/api-gateways/shop')).json, { environments: ['dev', 'beta', 'staging', 'prod'], defaultEnvironment: 'staging' })
  t.match((await admin('GET', '/api-gateways/shop/environments/staging/releases')).json, { items: [{ number: 1 }] })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev/releases')).json, { items: [{ number: 2, origin: { kind: 'import' }, note: 'Imported', author: 'admin' }, { number: 1 }] })
  t.match((await write('shop', changed)).json, { changed: false })
})

t.test('only who has read what is there writes over it', async t => {
  const { admin, url } = await startControlPlane(t)
  await makeShop(admin)
  const { export: read, import: write } = declarationsOf(url)
  const { text, headers: { etag: exported } } = await read('shop')
  const { headers: { etag: gateway } } = await admin('GET', '/api-gateways/shop')
  const changed = text.replace('EUR', 'CHF')
  t.match(await write('shop', changed, '', { 'if-match': '"99"' }), { status: 412, json: { code: 'precondition_failed' } })
  t.match(await write('shop', changed, '?dryRun=true', { 'if-match': '"99"' }), { status: 412 })
  t.match(await write('shop', changed, '', { 'if-none-match': '*' }), { status: 412 })
  t.match(await write('other', changed.replace('id: shop\n', ''), '', { 'if-match': '*' }), { status: 412 })
  t.match(await write('shop', changed, '', { 'if-match': String(exported) }), { status: 200, json: { changed: true } })
  t.match(await write('shop', text, '', { 'if-match': String(exported) }), { status: 412 }, 'the export is an old one now')
  t.match(await write('shop', text, '', { 'if-match': String(gateway) }), { status: 200 }, 'the gateway itself has not changed')
})
