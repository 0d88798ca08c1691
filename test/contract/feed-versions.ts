import type { Test } from 'tap'
import type { Store } from '../../control-plane/store/store.ts'
import { client, createGateway, deployment, environment, gateway, ref, route, saveVersion, variable } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { createReader, outline } from './reader.ts'

/** Which function versions a reader is sent, and what a reader of some environments sees. */
export function feedVersionsContract (t: Test, open: OpenStore): void {
  t.test('a version is sent with the release that brings it, and not again with the next', async t => {
    const { store } = await open(t)
    await prepare(store)
    const reader = createReader()
    await reader.catchUp(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'shop/@v1', 'shop/dev', 'commit 4'])
    await store.createRelease('shop', deployment('dev', [route('list', 'v1'), route('get', 'w1')], 1))
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'shop/@w1', 'shop/dev', 'commit 5'])
    await store.putVariable(ref('shop', 'dev'), variable('A', '1'), null)
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'shop/dev', 'commit 6'])
  })

  t.test('going back brings a version again that readers may have forgotten', async t => {
    const { store } = await open(t)
    await prepare(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    const [attentive, absent] = [createReader(), createReader()]
    await attentive.catchUp(store)
    await absent.catchUp(store)
    await store.createRelease('shop', deployment('dev', [route('get', 'w1')], 1))
    await attentive.catchUp(store)
    t.strictSame(Object.keys(attentive.state()).filter(name => name.includes('@')), ['shop/@w1'])
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], 2))
    t.strictSame(outline(await attentive.catchUp(store)), ['begin', 'shop/@v1', 'shop/dev', 'commit 6'])
    t.notOk(outline(await absent.catchUp(store)).includes('shop/@w1'), 'what came and went is not sent')
    t.strictSame(attentive.state(), absent.state())
  })

  t.test('a version that several environments bring is sent once', async t => {
    const { store } = await open(t)
    await prepare(store)
    const reader = createReader()
    await reader.catchUp(store)
    await store.createRelease('shop', deployment('dev', [route('list', 'v1'), route('get', 'w1')], null))
    await store.createRelease('shop', deployment('prod', [route('list', 'v1')], null, { origin: { kind: 'promotion', environment: 'dev', release: 1 } }))
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'shop/@v1', 'shop/@w1', 'shop/dev', 'shop/prod', 'commit 5'])
    t.equal(outline(await createReader().catchUp(store)).filter(name => name === 'shop/@v1').length, 1)
  })

  t.test('a version that another environment served already is sent to who promotes it', async t => {
    const { store } = await open(t)
    await prepare(store)
    const [all, prod] = [createReader(), createReader(['prod'])]
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    await all.catchUp(store)
    await prod.catchUp(store)
    t.notOk(prod.state()['shop/@v1'])
    await store.createRelease('shop', deployment('prod', [route('list', 'v1')], null, { origin: { kind: 'promotion', environment: 'dev', release: 1 } }))
    await all.catchUp(store)
    await prod.catchUp(store)
    t.ok(prod.state()['shop/@v1'])
    t.ok(all.state()['shop/@v1'])
  })

  t.test('a reader of some environments learns of no client, key, variable or code of another', async t => {
    const { store } = await open(t)
    await prepare(store)
    const follower = createReader(['dev', 'staging'])
    await follower.catchUp(store)
    for (const [name, id] of [['dev', 'v1'], ['prod', 'w1']] as const) {
      await store.addClient(ref('shop', name), client(`c-${name}`))
      await store.putVariable(ref('shop', name), variable('WHERE', name), null)
      await store.createRelease('shop', deployment(name, [route(id === 'v1' ? 'list' : 'get', id)], null))
    }
    const beginner = createReader(['dev', 'staging'])
    for (const reader of [follower, beginner]) {
      const text = JSON.stringify(await reader.catchUp(store))
      t.strictSame(Object.keys(reader.state()), ['shop', 'shop/@v1', 'shop/dev', 'shop/dev/c-dev', 'shop/staging'])
      for (const secret of ['c-prod', 'w1', '"prod":', 'WHERE":"prod']) t.notOk(text.includes(secret), secret)
    }
  })

  t.test('changes out of scope move the revision of a reader and tell it nothing', async t => {
    const { store } = await open(t)
    await prepare(store)
    await store.createEnvironment(environment('shop', 'beta'))
    const [dev, none] = [createReader(['dev']), createReader([])]
    await dev.catchUp(store)
    t.strictSame(outline(await none.catchUp(store)), ['snapshot', 'shop', 'commit 4'])
    await store.addClient(ref('shop', 'prod'), client('c1'))
    await store.deleteEnvironment('shop', 'beta', 4)
    t.strictSame(outline(await dev.catchUp(store)), ['begin', 'commit 6'])
    await store.replaceGateway(gateway('shop', { name: 'New' }), 6)
    t.strictSame(outline(await none.catchUp(store)), ['begin', 'shop', 'commit 7'])
  })
}

/** Three revisions: a gateway and two functions that nothing serves yet. */
async function prepare (store: Store): Promise<void> {
  await createGateway(store, 'shop')
  await saveVersion(store, 'shop', 'list', 'v1')
  await saveVersion(store, 'shop', 'get', 'w1')
}
