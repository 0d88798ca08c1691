import type { Test } from 'tap'
import { createGateway, client, cloudFunction, deployment, environment, gateway, pipeline, ref, route, variable, version } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

export function gatewaysContract (t: Test, open: OpenStore): void {
  t.test('a gateway is there with its environments, all of one revision', async t => {
    const { store } = await open(t)
    const created = await createGateway(store, 'shop')
    t.strictSame(created, { ...gateway('shop'), revision: 1 })
    t.strictSame(await store.getGateway('shop'), created)
    for (const name of pipeline) {
      t.strictSame(await store.getEnvironment('shop', name), { ...environment('shop', name), revision: 1 })
    }
    t.equal(await store.revision(), 1)
  })

  t.test('what is not there is null', async t => {
    const { store } = await open(t)
    t.equal(await store.getGateway('shop'), null)
    t.equal(await store.getEnvironment('shop', 'dev'), null)
    t.strictSame(await store.listGateways(firstPage), { items: [], next: null })
  })

  t.test('an id is given once, exactly as it is written', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await t.rejects(createGateway(store, 'shop'), { code: 'exists', field: 'id' })
    await createGateway(store, 'Shop')
    t.equal((await store.getGateway('Shop'))?.id, 'Shop')
    t.equal(await store.revision(), 2, 'a refused write makes no revision')
  })

  t.test('pages are ordered by id, complete and stable while others are made', async t => {
    const { store } = await open(t)
    const ids = ['bravo', 'alpha', 'echo', 'delta', 'charlie']
    for (const id of ids) await createGateway(store, id)
    const pages = await readPages(page => store.listGateways(page), 2)
    t.strictSame(pages.map(page => page.map(item => item.id)), [['alpha', 'bravo'], ['charlie', 'delta'], ['echo']])

    const first = await store.listGateways({ limit: 2, after: null })
    await createGateway(store, 'aardvark')
    await store.deleteGateway('bravo', 1)
    const second = await store.listGateways({ limit: 2, after: first.next })
    t.strictSame(second.items.map(item => item.id), ['charlie', 'delta'])
    t.equal((await store.listGateways({ limit: 5, after: null })).next, null, 'a last page that is full says so')
  })

  t.test('a gateway is replaced only by who has read what is there', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const replaced = await store.replaceGateway(gateway('shop', { name: 'New', config: { plugins: { none: {} } } }), 1)
    t.strictSame(replaced, { ...gateway('shop', { name: 'New', config: { plugins: { none: {} } } }), revision: 2 })
    t.strictSame(await store.getGateway('shop'), replaced)
    await t.rejects(store.replaceGateway(gateway('shop', { name: 'Newer' }), 1), { code: 'revision_mismatch' })
    await t.rejects(store.replaceGateway(gateway('other'), 1), { code: 'not_found', field: 'gateway' })
    t.strictSame(await store.getGateway('shop'), replaced)
    t.equal(await store.revision(), 2)
  })

  t.test('of two who have read the same, one writes', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const writes = ['a', 'b', 'c', 'd'].map(name => store.replaceGateway(gateway('shop', { name }), 1))
    const outcomes = await Promise.allSettled(writes)
    t.equal(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
    t.equal(await store.revision(), 2)
  })

  t.test('deleting a gateway takes all that is in it, in one revision', async t => {
    const { store } = await open(t)
    await createGateway(store, 'other')
    await createGateway(store, 'shop')
    await store.addClient(ref('shop', 'dev'), client('c1'))
    await store.putVariable(ref('shop', 'dev'), variable('A', '1'), null)
    await store.saveFunction(cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, deployment('dev', [route('list', 'v1')], null))
    await t.rejects(store.deleteGateway('shop', 1), { code: 'revision_mismatch' })
    t.equal(await store.deleteGateway('shop', 2), 6)
    t.equal(await store.revision(), 6)

    t.equal(await store.getGateway('shop'), null)
    t.strictSame((await store.listEnvironments('shop', firstPage)).items, [])
    t.equal(await store.getClient(ref('shop', 'dev'), 'c1'), null)
    t.equal(await store.findClientByKeyHash(client('c1').keyHash), null)
    t.equal(await store.getVariable(ref('shop', 'dev'), 'A'), null)
    t.equal(await store.getFunction('shop', 'list'), null)
    t.equal(await store.getFunctionVersion('shop', 'list', 'v1'), null)
    t.equal(await store.getRelease(ref('shop', 'dev'), 1), null)
    t.ok(await store.getEnvironment('other', 'dev'), 'another gateway keeps what is its own')
    await t.rejects(store.deleteGateway('shop', 2), { code: 'not_found', field: 'gateway' })
  })

  t.test('a gateway made anew has nothing of the one before', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(ref('shop', 'dev'), client('c1'))
    await store.saveFunction(cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, deployment('dev', [route('list', 'v1')], null))
    await store.deleteGateway('shop', 1)
    await createGateway(store, 'shop')
    t.strictSame((await store.listClients(ref('shop', 'dev'), firstPage)).items, [])
    t.equal((await store.getEnvironment('shop', 'dev'))?.release, null)
    t.strictSame((await store.listFunctionVersions('shop', 'list', firstPage)).items, [])
    await store.addClient(ref('shop', 'prod'), client('c1'))
    t.strictSame((await store.findClientByKeyHash(client('c1').keyHash))?.environment, ref('shop', 'prod'), 'its key hash is free again')
  })

  t.test('documents are the caller\'s own, before and after', async t => {
    const { store } = await open(t)
    const draft = gateway('shop')
    const created = await store.createGateway(draft, pipeline.map(name => environment('shop', name)))
    draft.config.plugins.none = {}
    created.environments.push('mine')
    t.strictSame(draft.environments, pipeline)
    const read = (await store.getGateway('shop'))!
    read.config.plugins.none = {}
    read.environments.length = 0
    const listed = (await store.listGateways(firstPage)).items[0]!
    listed.name = 'mine'
    t.strictSame(await store.getGateway('shop'), { ...gateway('shop'), revision: 1 })
  })

  t.test('texts come back as they were given', async t => {
    const { store } = await open(t)
    const name = 'é ü 語 😀 \u0000 " \' \\ \ud800 $where {"$gt":""} %_'
    await store.createGateway(gateway('shop', { name, description: '' }), pipeline.map(each => environment('shop', each)))
    t.equal((await store.getGateway('shop'))?.name, name)
  })
}
