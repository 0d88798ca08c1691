import { once, EventEmitter } from 'node:events'
import type { Test } from 'tap'
import { client, createGateway, environment, gateway, keyHash, ref, variable } from './documents.ts'
import { firstPage, type OpenStore } from './harness.ts'

export function lifecycleContract (t: Test, open: OpenStore): void {
  t.test('what was written is there after a restart, and revisions go on', async t => {
    const { store, reopen } = await open(t)
    await store.ping()
    t.equal(await store.revision(), 0)
    await createGateway(store, 'shop')
    const added = await store.addClient(ref('shop', 'dev'), client('c1'))
    const again = await reopen()
    t.equal(again.id, store.id)
    t.equal(await again.revision(), 2)
    t.strictSame(await again.getGateway('shop'), { ...gateway('shop'), revision: 1 })
    t.strictSame(await again.findClientByKeyHash(keyHash('c1')), { environment: ref('shop', 'dev'), client: added })
    t.equal((await again.putVariable(ref('shop', 'dev'), variable('A', '1'), null)).revision, 3)
  })

  t.test('two stores have two ids', async t => {
    const [one, two] = [await open(t), await open(t)]
    t.not(one.store.id, two.store.id)
  })

  t.test('revisions have no gaps, in the order of the commits', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const clients = await Promise.all(Array.from({ length: 30 }, (_, index) => store.addClient(ref('shop', 'dev'), client(`c${index}`))))
    t.strictSame(clients.map(each => each.revision).sort((a, b) => a - b), Array.from({ length: 30 }, (_, index) => index + 2))
    t.equal(await store.revision(), 31)
    t.equal((await store.listClients(ref('shop', 'dev'), firstPage)).items.length, 30)
  })

  t.test('a listener hears of every commit after it has become visible, until it is stopped', async t => {
    const { store } = await open(t)
    const heard = new EventEmitter()
    let calls = 0
    const stop = store.onCommit(() => {
      calls++
      heard.emit('commit')
    })
    const first = once(heard, 'commit')
    await createGateway(store, 'shop')
    await first
    t.equal(await store.revision(), 1)
    const refused = calls
    await t.rejects(createGateway(store, 'shop'), { code: 'exists' })
    await store.initSetting('a', 'b')
    await store.getGateway('shop')
    t.equal(calls, refused, 'neither refused writes nor reads are commits')

    stop()
    const last = new Promise<void>(resolve => { store.onCommit(resolve) })
    await store.createEnvironment(environment('shop', 'beta'))
    await last
    t.equal(calls, refused)
  })

  t.test('a closed store is unavailable, and closing it again is no error', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.close()
    const unavailable = { name: 'StoreError', code: 'unavailable' }
    await t.rejects(store.ping(), unavailable)
    await t.rejects(store.getGateway('shop'), unavailable)
    await t.rejects(createGateway(store, 'other'), unavailable)
    await t.rejects(store.revision(), unavailable)
    await t.rejects(store.initSetting('a', 'b'), unavailable)
    await t.rejects(store.readFeed({ store: null, after: 0, environments: null })[Symbol.asyncIterator]().next(), unavailable)
    await store.close()
  })

  t.test('closing the store ends the feeds that are being read', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const feed = store.readFeed({ store: null, after: 0, environments: null })[Symbol.asyncIterator]()
    t.match(await feed.next(), { value: { type: 'begin' } })
    t.match(await feed.next(), { value: { type: 'gateway' } })
    await store.close()
    await t.rejects(async () => { while ((await feed.next()).done !== true); }, { code: 'unavailable' })
  })
}
