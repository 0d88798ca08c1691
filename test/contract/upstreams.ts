import type { Test } from 'tap'
import { cloudFunction, createGateway, deployment, ref, upstream, variable, version } from './documents.ts'
import { readPages, type OpenStore } from './harness.ts'
import { createReader, outline } from './reader.ts'

const dev = ref('shop', 'dev')

export function upstreamsContract (t: Test, open: OpenStore): void {
  t.test('an upstream is made, replaced and removed only by who has read what is there', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await store.putUpstream(dev, upstream('orders'), null), { ...upstream('orders'), revision: 2 })
    await t.rejects(store.putUpstream(dev, upstream('orders'), null), { code: 'exists', field: 'name' })
    await t.rejects(store.putUpstream(dev, upstream('orders'), 1), { code: 'revision_mismatch' })
    await t.rejects(store.putUpstream(dev, upstream('stock'), 2), { code: 'not_found', field: 'upstream' })
    await t.rejects(store.putUpstream(ref('shop', 'beta'), upstream('orders'), null), { code: 'not_found', field: 'environment' })
    t.strictSame(await store.putUpstream(dev, upstream('orders', 'http://b.example'), 2), { ...upstream('orders', 'http://b.example'), revision: 3 })
    t.strictSame(await store.getUpstream(dev, 'orders'), { ...upstream('orders', 'http://b.example'), revision: 3 })
    t.equal(await store.getUpstream(ref('shop', 'prod'), 'orders'), null)
    await t.rejects(store.removeUpstream(dev, 'orders', 2), { code: 'revision_mismatch' })
    t.equal(await store.removeUpstream(dev, 'orders', 3), 4)
    t.equal(await store.getUpstream(dev, 'orders'), null)
    t.equal(await store.revision(), 4)
  })

  t.test('upstreams are listed by name, and variables are another thing', async t => {
    const { store, reopen } = await open(t)
    await createGateway(store, 'shop')
    await store.putVariable(dev, variable('b', '1'), null)
    for (const name of ['c', 'a', 'b']) await store.putUpstream(dev, upstream(name), null)
    const again = await reopen()
    const pages = await readPages(page => again.listUpstreams(dev, page), 2)
    t.strictSame(pages.map(page => page.map(item => item.name)), [['a', 'b'], ['c']])
    t.strictSame((await readPages(page => again.listVariables(dev, page), 2)).flat().map(({ name }) => name), ['b'])
  })

  t.test('readers of the feed get them with their environment', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const [all, prod] = [createReader(), createReader(['prod'])]
    await all.catchUp(store)
    await prod.catchUp(store)
    await store.writeTogether([{ write: 'putUpstream', with: [dev, upstream('orders'), null] }, { write: 'putUpstream', with: [dev, upstream('stock'), null] }])
    t.strictSame(outline(await all.catchUp(store)), ['begin', 'shop/dev', 'commit 2'])
    const { url, timeouts } = upstream('orders')
    t.match(all.state()['shop/dev'], { upstreams: { orders: { url, timeouts }, stock: {} } })
    t.notMatch(JSON.stringify(await prod.catchUp(store)), /orders/)
    await store.removeUpstream(dev, 'stock', 2)
    await all.catchUp(store)

    t.notMatch(JSON.stringify(all.state()['shop/dev']), /stock/)
  })

  t.test('a version that goes to an upstream is stored like any other, and has no code to be sent', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const target = { name: 'orders', path: '/v2/:id' }
    const { timeoutMs: _call, ...fn } = cloudFunction('shop', 'get', 'v1')
    const { timeoutMs: _wall, ...content } = version('shop', 'get', 'v1')
    const route = { functionName: 'get', versionId: 'v1', methods: fn.methods, path: fn.path, upstream: target }
    await t.rejects(store.createRelease('shop', deployment('dev', [route], null)), { code: 'not_found', field: 'functionVersion' })
    await store.saveFunction({ ...fn, upstream: target }, { ...content, upstream: target, files: {}, entrypoint: '', bundle: '', sourceMap: '' }, null, null)
    const follower = createReader()
    await follower.catchUp(store)
    await store.createRelease('shop', deployment('dev', [route], null))
    t.strictSame(outline(await follower.catchUp(store)), ['begin', 'shop/dev', 'commit 3'])
    t.strictSame(outline(await createReader().catchUp(store)).filter(name => name.includes('@')), [])
    t.match(follower.state()['shop/dev'], { release: { routes: [route] } })
    t.match(await store.getFunction('shop', 'get'), { upstream: target })
    t.match(await store.getFunctionVersion('shop', 'get', 'v1'), { upstream: target, files: {} })
  })
}
