import type { Test } from 'tap'
import type { StoreWrite } from '../../control-plane/store/store.ts'
import { client, cloudFunction, createGateway, deployment, environment, gateway, pipeline, ref, route, saveVersion, variable, version } from './documents.ts'
import { firstPage, type OpenStore } from './harness.ts'
import { createReader, outline } from './reader.ts'

const dev = ref('shop', 'dev')

/** A gateway with something of each kind in it. */
const whole: StoreWrite[] = [
  { write: 'createGateway', with: [gateway('shop'), pipeline.map(name => environment('shop', name))] },
  { write: 'putVariable', with: [dev, variable('A', '1'), null] },
  { write: 'putVariable', with: [dev, variable('B', '2'), null] },
  { write: 'addClient', with: [dev, client('mobile')] },
  { write: 'addClient', with: [ref('shop', 'prod'), client('web')] },
  { write: 'addClient', with: [dev, client('tester')] },
  { write: 'saveFunction', with: [cloudFunction('shop', 'list', 'v1'), version('shop', 'list', 'v1'), null, null] },
  { write: 'saveFunction', with: [cloudFunction('shop', 'get', 'w1'), version('shop', 'get', 'w1'), null, null] },
  { write: 'createRelease', with: ['shop', deployment('dev', [route('list', 'v1'), route('get', 'w1')], null)] }
]

export function togetherContract (t: Test, open: OpenStore): void {
  t.test('several writes are one revision, and one commit of the feed', async t => {
    const { store, reopen } = await open(t)
    const reader = createReader()
    await createGateway(store, 'other')
    await reader.catchUp(store)
    let commits = 0
    t.teardown(store.onCommit(() => { commits++ }))
    t.equal(await store.writeTogether(whole), 2)
    t.equal(await store.revision(), 2)
    t.strictSame(outline(await reader.catchUp(store)), [
      'begin', 'shop', 'shop/@v1', 'shop/@w1', 'shop/dev', 'shop/dev/mobile', 'shop/dev/tester', 'shop/staging', 'shop/prod', 'shop/prod/web', 'commit 2'
    ])
    t.equal(commits, 1)
    const kept = await reopen()
    t.match(await kept.getEnvironment('shop', 'dev'), { release: 1, revision: 2 })
    t.match(await kept.getFunction('shop', 'get'), { latestVersion: 'w1', revision: 2 })
    t.match(await kept.listVariables(dev, firstPage), { items: [{ name: 'A', revision: 2 }, { name: 'B', revision: 2 }] })
    t.match(await kept.listClients(dev, firstPage), { items: [{ id: 'mobile', revision: 2 }, { id: 'tester', revision: 2 }] })
    t.match(await kept.findClientByKeyHash(client('web').keyHash), { environment: ref('shop', 'prod'), client: { id: 'web' } })
  })

  t.test('where one cannot be carried out, none is', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.putVariable(dev, variable('A', '1'), null)
    const before = await store.revision()
    const writes: StoreWrite[] = [
      { write: 'putVariable', with: [dev, variable('A', '2'), before] },
      { write: 'addClient', with: [dev, client('mobile')] },
      { write: 'createRelease', with: ['shop', deployment('dev', [route('list', 'v1')], null)] }
    ]
    await t.rejects(store.writeTogether([...writes, { write: 'addClient', with: [dev, client('other', { name: 'Client mobile' })] }]), { code: 'exists', field: 'name' })
    await t.rejects(store.writeTogether([...writes, { write: 'saveFunction', with: [cloudFunction('shop', 'list', 'v2'), version('shop', 'list', 'v2'), 1, null] }]), { code: 'revision_mismatch' })
    t.equal(await store.revision(), before)
    t.match(await store.getVariable(dev, 'A'), { value: '1' })
    t.strictSame((await store.listClients(dev, firstPage)).items, [])
    t.equal(await store.findClientByKeyHash(client('mobile').keyHash), null)
    t.match(await store.getEnvironment('shop', 'dev'), { release: null })
    t.equal(await store.getFunctionVersion('shop', 'list', 'v2'), null)
    t.equal(await store.writeTogether(writes), before + 1, 'what was refused is not in the way')
    t.match(await store.listClients(dev, firstPage), { items: [{ id: 'mobile' }] })
  })

  t.test('each sees what those before it have written', async t => {
    const { store } = await open(t)
    const created = await createGateway(store, 'shop')
    await store.addClient(dev, client('mobile'))
    const environments = ['dev', 'beta', 'prod']
    await store.writeTogether([
      { write: 'removeClient', with: [dev, 'mobile', 2] },
      { write: 'addClient', with: [dev, client('again', { name: 'Client mobile', keyHash: client('mobile').keyHash })] },
      { write: 'replaceGateway', with: [gateway('shop', { environments }), created.revision] },
      { write: 'deleteEnvironment', with: ['shop', 'staging', 1] },
      { write: 'createEnvironment', with: [environment('shop', 'beta')] },
      { write: 'addClient', with: [ref('shop', 'beta'), client('tester')] },
      { write: 'deleteEnvironment', with: ['shop', 'dev', 1] },
      { write: 'createEnvironment', with: [environment('shop', 'dev')] }
    ])
    t.strictSame((await store.getGateway('shop'))?.environments, ['beta', 'prod', 'dev'], 'one that stands in the pipeline keeps its place')
    t.strictSame((await store.listClients(dev, firstPage)).items, [], 'what was in the one that is gone is not in the new one')
    t.match((await store.listClients(ref('shop', 'beta'), firstPage)).items, [{ id: 'tester' }])
    t.equal(await store.revision(), 3)
  })

  t.test('a thousand clients in one go', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const names = Array.from({ length: 1_000 }, (_, index) => `c${index}`)
    await store.writeTogether(names.map(name => ({ write: 'addClient', with: [dev, client(name)] })))
    t.equal((await store.listClients(dev, firstPage)).items.length, 1_000)
    t.match(await store.findClientByKeyHash(client('c999').keyHash), { client: { id: 'c999' } })
  })

  t.test('no writes make no revision', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.equal(await store.writeTogether([]), 1)
    t.equal(await store.revision(), 1)
  })
}
