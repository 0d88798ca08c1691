import type { Test } from 'tap'
import { functionsRestorableMs } from '../../control-plane/store/store.ts'
import { cloudFunction, createGateway, deployment, ref, route, saveVersion, version } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const start = Date.UTC(2030, 0, 1)

export function deletedFunctionsContract (t: Test, open: OpenStore): void {
  t.test('a deleted function is kept as it was, and leaves with its restoration', async t => {
    const { store, reopen } = await open(t, { clock: { now: () => start } })
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    t.equal(await store.getDeletedFunction('shop', 'list'), null)
    t.equal(await store.deleteFunction('shop', 'list', 2, null), 3)
    const deleted = { ...cloudFunction('shop', 'list', 'v1'), revision: 3, deletedAt: '2030-01-01T00:00:00.000Z', restorableUntil: '2030-01-31T00:00:00.000Z' }
    const kept = await reopen()
    t.strictSame(await kept.getDeletedFunction('shop', 'list'), deleted)
    t.strictSame(await kept.listDeletedFunctions('shop', firstPage), { items: [deleted], next: null })
    const draft = { ...cloudFunction('shop', 'list', 'v1'), updatedAt: '2030-01-02T00:00:00.000Z' }
    await t.rejects(kept.restoreFunction(draft, 2, null), { code: 'revision_mismatch' })
    await t.rejects(kept.restoreFunction({ ...draft, name: 'List' }, 3, null), { code: 'not_found', field: 'deletedFunction' })
    t.strictSame(await kept.restoreFunction(draft, 3, null), { fn: { ...draft, revision: 4 }, release: null })
    t.strictSame(await kept.getFunction('shop', 'list'), { ...draft, revision: 4 })
    t.equal(await kept.getDeletedFunction('shop', 'list'), null)
    await t.rejects(kept.restoreFunction(draft, 3, null), { code: 'not_found', field: 'deletedFunction' })
    await saveVersion(kept, 'shop', 'list', 'v2')
    t.equal((await kept.getFunctionVersion('shop', 'list', 'v2'))?.number, 2, 'numbers go on')
  })

  t.test('a restoration and its deployment are one revision, or nothing', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.saveFunction(cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, deployment('dev', [route('list', 'v1')], null))
    await store.deleteFunction('shop', 'list', 2, deployment('dev', [], 1))
    const restore = (basedOn: number) => store.restoreFunction(cloudFunction('shop', 'list', 'v1'), 3, deployment('dev', [route('list', 'v1')], basedOn))
    await t.rejects(restore(1), { code: 'revision_mismatch' })
    t.ok(await store.getDeletedFunction('shop', 'list'))
    t.equal(await store.getFunction('shop', 'list'), null)
    t.match(await restore(2), { fn: { revision: 4 }, release: { number: 3, routes: [route('list', 'v1')] } })
    t.match(await store.getEnvironment('shop', 'dev'), { release: 3, revision: 4 })
    t.equal(await store.revision(), 4)
  })

  t.test('a function that is made anew takes the place of the deleted one', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.deleteFunction('shop', 'list', 2, null)
    await saveVersion(store, 'shop', 'list', 'v2')
    t.equal(await store.getDeletedFunction('shop', 'list'), null)
    await t.rejects(store.restoreFunction(cloudFunction('shop', 'list', 'v1'), 3, null), { code: 'not_found', field: 'deletedFunction' })
    await store.deleteFunction('shop', 'list', 4, null)
    t.match(await store.getDeletedFunction('shop', 'list'), { latestVersion: 'v2', revision: 5 })
  })

  t.test('deleted functions are listed by name, page by page, of their own gateway', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    for (const [gatewayId, name] of [['shop', 'get'], ['shop', 'Create'], ['shop', 'a.b-c'], ['shop', 'kept'], ['other', 'ping']] as const) {
      await saveVersion(store, gatewayId, name, 'v1')
      if (name !== 'kept') await store.deleteFunction(gatewayId, name, await store.revision(), null)
    }
    const pages = await readPages(page => store.listDeletedFunctions('shop', page), 2)
    t.strictSame(pages.map(page => page.map(({ name }) => name)), [['Create', 'a.b-c'], ['get']])
    t.equal(await store.getDeletedFunction('shop', 'ping'), null)
  })

  t.test('after its time a deleted function is gone, and a sweep forgets it; its versions stay', async t => {
    let now = start
    const { store } = await open(t, { clock: { now: () => now } })
    await createGateway(store, 'shop')
    for (const name of ['a', 'b', 'c', 'later']) await saveVersion(store, 'shop', name, 'v1')
    await store.createRelease('shop', deployment('prod', [route('a', 'v1')], null))
    const remove = async (name: string): Promise<number> => await store.deleteFunction('shop', name, (await store.getFunction('shop', name))!.revision, null)
    for (const name of ['a', 'b', 'c']) await remove(name)
    now += 1
    const last = await remove('later')
    now = start + functionsRestorableMs - 1
    t.ok(await store.getDeletedFunction('shop', 'a'))
    t.equal(await store.sweepDeletedFunctions(10), 0)
    now += 1
    t.equal(await store.getDeletedFunction('shop', 'a'), null)
    t.match(await store.listDeletedFunctions('shop', { limit: 1, after: null }), { items: [{ name: 'later' }], next: null })
    await t.rejects(store.restoreFunction(cloudFunction('shop', 'a', 'v1'), last - 3, null), { code: 'not_found', field: 'deletedFunction' })
    t.equal(await store.sweepDeletedFunctions(2), 2)
    t.equal(await store.sweepDeletedFunctions(2), 1)
    t.equal(await store.revision(), last, 'nobody follows that')
    t.ok(await store.getFunctionVersion('shop', 'a', 'v1'))
    t.strictSame((await store.getRelease(ref('shop', 'prod'), 1))?.routes, [route('a', 'v1')])
    t.ok(await store.getDeletedFunction('shop', 'later'))
  })

  t.test('one whose time is over is in nobody\'s way', async t => {
    let now = start
    const { store } = await open(t, { clock: { now: () => now } })
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.deleteFunction('shop', 'list', 2, null)
    now += functionsRestorableMs
    await saveVersion(store, 'shop', 'list', 'v2')
    await store.deleteFunction('shop', 'list', 4, null)
    t.match(await store.getDeletedFunction('shop', 'list'), { latestVersion: 'v2' })
    await store.deleteGateway('shop', 1)
    t.equal(await store.getDeletedFunction('shop', 'list'), null, 'and it ends with its gateway')
    await createGateway(store, 'shop')
    t.strictSame((await store.listDeletedFunctions('shop', firstPage)).items, [])
  })
}
