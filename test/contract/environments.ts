import type { Test } from 'tap'
import { at, client, createGateway, deployment, environment, keyHash, ref, route, saveVersion, variable } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

export function environmentsContract (t: Test, open: OpenStore): void {
  t.test('an environment is appended to its gateway, dated by the store', async t => {
    const { store } = await open(t, { clock: { now: () => Date.parse('2030-01-01T00:00:00.000Z') } })
    await createGateway(store, 'shop')
    t.strictSame(await store.createEnvironment(environment('shop', 'beta')), { ...environment('shop', 'beta'), revision: 2 })
    t.match(await store.getGateway('shop'), {
      environments: ['dev', 'staging', 'prod', 'beta'], createdAt: at, updatedAt: '2030-01-01T00:00:00.000Z', revision: 2
    })
    await t.rejects(store.createEnvironment(environment('shop', 'beta')), { code: 'exists', field: 'name' })
    await t.rejects(store.createEnvironment(environment('other', 'beta')), { code: 'not_found', field: 'gateway' })
    t.equal(await store.revision(), 2)
  })

  t.test('environments are listed by name, page by page, each gateway its own', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    await store.createEnvironment(environment('shop', 'beta'))
    const pages = await readPages(page => store.listEnvironments('shop', page), 3)
    t.strictSame(pages.map(page => page.map(item => item.name)), [['beta', 'dev', 'prod'], ['staging']])
    t.ok(pages.flat().every(item => item.gatewayId === 'shop'))
  })

  t.test('reading environments and gateways reads no key and no variable', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(ref('shop', 'dev'), client('c1'))
    await store.putVariable(ref('shop', 'dev'), variable('SECRET', 'hush'), null)
    const read = JSON.stringify([
      await store.getGateway('shop'), await store.listGateways(firstPage),
      await store.getEnvironment('shop', 'dev'), await store.listEnvironments('shop', firstPage), await store.listFunctions('shop', firstPage)
    ])
    for (const secret of [keyHash('c1'), 'c1', 'hush', 'SECRET', 'clients', 'variables']) t.notOk(read.includes(secret), secret)
  })

  t.test('an environment is replaced only by who has read what is there, and keeps its release', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    const draft = environment('shop', 'dev', { config: { plugins: { none: {} } }, release: 7 })
    await t.rejects(store.replaceEnvironment(draft, 1), { code: 'revision_mismatch' })
    t.strictSame(await store.replaceEnvironment(draft, 3), { ...draft, lastRelease: 1, release: 1, revision: 4 })
    t.strictSame(await store.getEnvironment('shop', 'dev'), { ...draft, lastRelease: 1, release: 1, revision: 4 })
    await t.rejects(store.replaceEnvironment(environment('shop', 'beta'), 1), { code: 'not_found', field: 'environment' })
  })

  t.test('what was purged is added up, is told to data planes, and outlives what else is written', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.equal(await store.purgeCache(ref('shop', 'dev'), { paths: ['/a'] }), 2)
    await store.replaceEnvironment(environment('shop', 'dev', { config: { plugins: { none: {} } } }), 1)
    t.equal(await store.purgeCache(ref('shop', 'dev'), { tags: ['x'] }), 4)
    const cachePurges = { last: 2, floor: 0, recent: [{ number: 1, paths: ['/a'] }, { number: 2, tags: ['x'] }] }
    t.match(await store.getEnvironment('shop', 'dev'), { cachePurges, config: { plugins: { none: {} } }, revision: 3 })
    const told = await Array.fromAsync(store.readFeed({ store: null, after: 0, environments: null }))
    t.match(told.find(message => message.type === 'environment' && message.environment === 'dev'), { value: { cachePurges } })
    t.notHas(told.find(message => message.type === 'environment' && message.environment === 'prod'), { value: { cachePurges: {} } })
    await store.purgeCache(ref('shop', 'dev'), null)
    t.match(await store.getEnvironment('shop', 'dev'), { cachePurges: { last: 3, floor: 3, recent: [] } })
    await t.rejects(store.purgeCache(ref('shop', 'nope'), null), { code: 'not_found', field: 'environment' })
  })

  t.test('clients and variables change no environment, and outlive its replacement', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(ref('shop', 'dev'), client('c1'))
    await store.putVariable(ref('shop', 'dev'), variable('A', '1'), null)
    t.equal((await store.getEnvironment('shop', 'dev'))?.revision, 1)
    await store.replaceEnvironment(environment('shop', 'dev', { config: { plugins: { none: {} } } }), 1)
    t.equal((await store.getClient(ref('shop', 'dev'), 'c1'))?.revision, 2)
    t.equal((await store.getVariable(ref('shop', 'dev'), 'A'))?.revision, 3)
  })

  t.test('deleting an environment takes what is in it and its name from the gateway, in one revision', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(ref('shop', 'dev'), client('c1', { previousKey: { apiKeyId: 'k', keyHash: keyHash('old'), keyLast4: 'abcd', expiresAt: at } }))
    await store.addClient(ref('shop', 'prod'), client('c2'))
    await store.putVariable(ref('shop', 'dev'), variable('A', '1'), null)
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    await t.rejects(store.deleteEnvironment('shop', 'dev', 1), { code: 'revision_mismatch' })
    t.equal(await store.deleteEnvironment('shop', 'dev', 6), 7)
    t.equal(await store.revision(), 7)

    t.match(await store.getGateway('shop'), { environments: ['staging', 'prod'], revision: 7 })
    t.equal(await store.getEnvironment('shop', 'dev'), null)
    t.equal(await store.getRelease(ref('shop', 'dev'), 1), null)
    t.equal(await store.findClientByKeyHash(keyHash('c1')), null)
    t.ok(await store.findClientByKeyHash(keyHash('c2')))
    t.ok(await store.getFunctionVersion('shop', 'list', 'v1'), 'versions are the gateway\'s')

    await store.createEnvironment(environment('shop', 'dev'))
    t.match(await store.getEnvironment('shop', 'dev'), { release: null })
    t.strictSame((await store.listClients(ref('shop', 'dev'), firstPage)).items, [])
    t.strictSame((await store.listVariables(ref('shop', 'dev'), firstPage)).items, [])
    await store.addClient(ref('shop', 'dev'), client('c3', { keyHash: keyHash('old') }))
    t.equal((await store.createRelease('shop', deployment('dev', [], null))).release.number, 1)
  })

  t.test('the default environment stays', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await t.rejects(store.deleteEnvironment('shop', 'prod', 1), { code: 'is_default' })
    await t.rejects(store.deleteEnvironment('shop', 'beta', 1), { code: 'not_found', field: 'environment' })
    await t.rejects(store.deleteEnvironment('other', 'dev', 1), { code: 'not_found' })
    t.ok(await store.getEnvironment('shop', 'prod'))
    t.equal(await store.revision(), 1)
  })
}
