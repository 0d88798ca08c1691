import type { Test } from 'tap'
import { at, cloudFunction, createGateway, deployment, ref, route, saveVersion, version } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

export function functionsContract (t: Test, open: OpenStore): void {
  t.test('a function is saved with its first version, and without a deployment changes no environment', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const saved = await store.saveFunction(cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, null)
    const { files: _files, bundle: _bundle, sourceMap: _sourceMap, ...summary } = version('shop', 'list', 'v1')
    t.strictSame(saved, { fn: { ...cloudFunction('shop', 'list', 'v1'), revision: 2 }, version: { ...summary, number: 1 }, release: null })
    t.strictSame(await store.getFunction('shop', 'list'), saved.fn)
    t.strictSame(await store.getFunctionVersion('shop', 'list', 'v1'), { ...version('shop', 'list', 'v1'), number: 1 })
    t.strictSame(await store.listFunctionVersions('shop', 'list', firstPage), { items: [{ ...summary, number: 1 }], next: null })
    t.match(await store.getEnvironment('shop', 'dev'), { release: null, revision: 1 })
    await t.rejects(store.saveFunction(cloudFunction('other', 'list', 'v1'), version('other', 'list', 'v1'), null, null), {
      code: 'not_found', field: 'gateway'
    })
    t.equal(await store.getFunction('shop', 'List'), null)
    t.equal(await store.getFunctionVersion('shop', 'list', 'v2'), null)
    t.equal(await store.getFunctionVersion('shop', 'other', 'v1'), null)
  })

  t.test('a function is saved only by who has read what is there', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    const save = (id: string, expected: number | null): Promise<unknown> =>
      store.saveFunction(cloudFunction('shop', 'list', id), version('shop', 'list', id), expected, null)
    await t.rejects(save('v2', null), { code: 'exists', field: 'name' })
    await t.rejects(save('v2', 1), { code: 'revision_mismatch' })
    await t.rejects(store.saveFunction(cloudFunction('shop', 'get', 'v2'), version('shop', 'get', 'v2'), 2, null), { code: 'not_found', field: 'function' })
    t.equal(await store.getFunctionVersion('shop', 'list', 'v2'), null, 'nothing of a refused write stays')
    await save('v2', 2)
    t.match(await store.getFunction('shop', 'list'), { latestVersion: 'v2', revision: 3 })
  })

  t.test('versions are numbered within the function, and the same version is kept once', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (const id of ['v1', 'v2', 'v1', 'v3']) await saveVersion(store, 'shop', 'list', id)
    await saveVersion(store, 'shop', 'get', 'v1')
    const pages = await readPages(page => store.listFunctionVersions('shop', 'list', page), 2)
    t.strictSame(pages.map(page => page.map(({ id, number }) => [id, number])), [[['v3', 3], ['v2', 2]], [['v1', 1]]])
    t.equal((await store.getFunctionVersion('shop', 'get', 'v1'))?.number, 1)
    t.equal((await store.getFunctionVersion('shop', 'get', 'v1'))?.bundle, 'bundle of get v1')

    const found = (await store.getFunction('shop', 'list'))!
    const again = { ...version('shop', 'list', 'v1'), createdAt: '2031-01-01T00:00:00.000Z' }
    const saved = await store.saveFunction(cloudFunction('shop', 'list', 'v1'), again, found.revision, null)
    t.match(saved.version, { id: 'v1', number: 1, createdAt: at }, 'the one that is there is the one')
  })

  t.test('a page of versions that begins at nonsense is empty', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    t.strictSame(await store.listFunctionVersions('shop', 'list', { limit: 2, after: 'nonsense' }), { items: [], next: null })
  })

  t.test('functions are listed by name, page by page', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    for (const name of ['get', 'list', 'Create', 'a.b-c', 'remove']) await saveVersion(store, 'shop', name, 'v1')
    await saveVersion(store, 'other', 'ping', 'v1')
    const pages = await readPages(page => store.listFunctions('shop', page), 3)
    t.strictSame(pages.map(page => page.map(item => item.name)), [['Create', 'a.b-c', 'get'], ['list', 'remove']])
  })

  t.test('function, version and deployment are one revision, or nothing', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const save = (id: string, expected: number | null, basedOn: number | null) => store.saveFunction(
      cloudFunction('shop', 'list', id), version('shop', 'list', id), expected, deployment('dev', [route('list', id)], basedOn)
    )
    const { fn, release } = await save('v1', null, null)
    t.match(release, { gatewayId: 'shop', environment: 'dev', number: 1, routes: [route('list', 'v1')] })
    t.match(await store.getEnvironment('shop', 'dev'), { release: 1, revision: fn.revision })
    t.equal(await store.revision(), 2)
    await t.rejects(save('v2', 2, null), { code: 'revision_mismatch' }, 'it serves release 1 by now')
    t.equal((await store.getFunction('shop', 'list'))?.latestVersion, 'v1')
    t.equal(await store.getFunctionVersion('shop', 'list', 'v2'), null)
    t.equal((await save('v2', 2, 1)).release?.number, 2)
    t.equal(await store.revision(), 3)
  })

  t.test('a deleted function leaves the list; its versions stay for the releases that name them', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.saveFunction(cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, deployment('dev', [route('list', 'v1')], null))
    await store.createRelease('shop', deployment('prod', [route('list', 'v1')], null, { origin: { kind: 'promotion', environment: 'dev', release: 1 } }))
    await t.rejects(store.deleteFunction('shop', 'list', 1, null), { code: 'revision_mismatch' })
    await t.rejects(store.deleteFunction('shop', 'list', 2, deployment('dev', [], null)), { code: 'revision_mismatch' })
    t.ok(await store.getFunction('shop', 'list'))
    t.equal(await store.deleteFunction('shop', 'list', 2, deployment('dev', [], 1)), 4)
    t.equal(await store.getFunction('shop', 'list'), null)
    t.strictSame((await store.getRelease(ref('shop', 'dev'), 2))?.routes, [])
    t.strictSame((await store.getRelease(ref('shop', 'prod'), 1))?.routes, [route('list', 'v1')])
    t.ok(await store.getFunctionVersion('shop', 'list', 'v1'))
    await t.rejects(store.deleteFunction('shop', 'list', 2, null), { code: 'not_found', field: 'function' })
    await saveVersion(store, 'shop', 'list', 'v2')
    t.equal((await store.getFunctionVersion('shop', 'list', 'v2'))?.number, 2, 'numbers go on')
  })

  t.test('sources come back as they were given', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const text = 'line\r\n\t\u0000 \ud800 \u2028 😀 `${x}`'
    const files = Object.fromEntries([['src/index.ts', text], ['__proto__', text], ['constructor', '']])
    const given = { ...version('shop', 'list', 'v1'), files, bundle: text, sourceMap: JSON.stringify({ text }) }
    await store.saveFunction(cloudFunction('shop', 'list', 'v1'), given, null, null)
    const found = (await store.getFunctionVersion('shop', 'list', 'v1'))!
    t.strictSame(new Map(Object.entries(found.files)), new Map(Object.entries(files)))
    t.equal(found.bundle, text)
    t.equal(found.sourceMap, JSON.stringify({ text }))
  })
}
