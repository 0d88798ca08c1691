import type { Test } from 'tap'
import { at, client, createGateway, keyHash, ref } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')
const prod = ref('shop', 'prod')
const previousKey = { apiKeyId: 'key-old', keyHash: keyHash('old'), keyLast4: 'wxyz', expiresAt: at }

export function clientsContract (t: Test, open: OpenStore): void {
  t.test('a client is kept whole, in its environment only', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const added = await store.addClient(dev, client('c1', { expiresAt: at, previousKey }))
    t.strictSame(added, { ...client('c1', { expiresAt: at, previousKey }), revision: 2 })
    t.strictSame(await store.getClient(dev, 'c1'), added)
    t.equal(await store.getClient(prod, 'c1'), null)
    t.equal(await store.getClient(ref('other', 'dev'), 'c1'), null)
    await t.rejects(store.addClient(ref('shop', 'beta'), client('c2')), { code: 'not_found', field: 'environment' })
    await t.rejects(store.addClient(ref('other', 'dev'), client('c2')), { code: 'not_found', field: 'environment' })
    t.equal(await store.revision(), 2)
  })

  t.test('id and name are one client\'s in its environment, exactly as they are written', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(dev, client('c1', { name: 'Mobile' }))
    await t.rejects(store.addClient(dev, client('c1', { keyHash: keyHash('x') })), { code: 'exists', field: 'id' })
    await t.rejects(store.addClient(dev, client('c2', { name: 'Mobile' })), { code: 'exists', field: 'name' })
    await store.addClient(dev, client('c3', { name: 'mobile' }))
    await store.addClient(prod, client('c1', { name: 'Mobile', keyHash: keyHash('y') }))
    t.equal(await store.findClientByKeyHash(keyHash('x')), null, 'nothing of a refused write stays')
    t.equal(await store.revision(), 4)
  })

  t.test('the hash of a key is one client\'s in the whole store', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    await store.addClient(dev, client('c1', { previousKey }))
    const taken = { code: 'exists', field: 'keyHash' }
    await t.rejects(store.addClient(dev, client('c2', { keyHash: keyHash('c1') })), taken, 'in the same environment')
    await t.rejects(store.addClient(prod, client('c2', { keyHash: keyHash('c1') })), taken, 'in another environment')
    await t.rejects(store.addClient(ref('other', 'dev'), client('c2', { keyHash: keyHash('c1') })), taken, 'in another gateway')
    await t.rejects(store.addClient(prod, client('c2', { keyHash: keyHash('old') })), taken, 'a key that overlaps still')
    await t.rejects(store.addClient(prod, client('c2', { previousKey: { ...previousKey, keyHash: keyHash('c1') } })), taken)
    const c2 = await store.addClient(prod, client('c2'))
    await t.rejects(store.replaceClient(prod, client('c2', { keyHash: keyHash('c1') }), c2.revision), taken, 'by replacement')
    t.strictSame(await store.getClient(prod, 'c2'), c2)
    t.match(await store.findClientByKeyHash(keyHash('c1')), { environment: dev, client: { id: 'c1' } })
  })

  t.test('of many who bring the same key at once, one succeeds', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const outcomes = await Promise.allSettled([dev, prod, ref('shop', 'staging'), dev].map((environment, index) =>
      store.addClient(environment, client(`c${index}`, { keyHash: keyHash('same') }))))
    t.equal(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
    t.equal(await store.revision(), 2)
  })

  t.test('a client is found by its current key, at once and no longer', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const added = await store.addClient(dev, client('c1'))
    t.strictSame(await store.findClientByKeyHash(keyHash('c1')), { environment: dev, client: added })
    const rotated = await store.replaceClient(dev, client('c1', {
      keyHash: keyHash('new'), previousKey: { ...previousKey, keyHash: keyHash('c1') }
    }), added.revision)
    t.strictSame(await store.findClientByKeyHash(keyHash('new')), { environment: dev, client: rotated })
    t.equal(await store.findClientByKeyHash(keyHash('c1')), null, 'the one before is not the current one')
    await store.replaceClient(dev, client('c1', { keyHash: keyHash('newest') }), rotated.revision)
    t.equal(await store.findClientByKeyHash(keyHash('new')), null)
    await store.addClient(prod, client('c2', { keyHash: keyHash('c1') }))
    t.equal((await store.findClientByKeyHash(keyHash('c1')))?.client.id, 'c2', 'a hash that nobody holds is free')
    t.equal(await store.findClientByKeyHash(''), null)
  })

  t.test('a client is replaced and removed only by who has read what is there', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(dev, client('c1', { name: 'Mobile' }))
    await store.addClient(dev, client('c2', { name: 'Web' }))
    await t.rejects(store.replaceClient(dev, client('c1'), 1), { code: 'revision_mismatch' })
    await t.rejects(store.replaceClient(dev, client('c3'), 1), { code: 'not_found', field: 'client' })
    await t.rejects(store.replaceClient(dev, client('c1', { name: 'Web' }), 2), { code: 'exists', field: 'name' })
    t.strictSame(await store.replaceClient(dev, client('c1', { name: 'Mobile', enabled: false }), 2), {
      ...client('c1', { name: 'Mobile', enabled: false }), revision: 4
    })
    t.equal((await store.getClient(dev, 'c2'))?.revision, 3, 'its neighbour stays at its revision')
    await t.rejects(store.removeClient(dev, 'c1', 2), { code: 'revision_mismatch' })
    t.equal(await store.removeClient(dev, 'c1', 4), 5)
    t.equal(await store.getClient(dev, 'c1'), null)
    t.equal(await store.findClientByKeyHash(keyHash('c1')), null)
    await t.rejects(store.removeClient(dev, 'c1', 4), { code: 'not_found', field: 'client' })
    await store.addClient(dev, client('c1', { name: 'Mobile' }))
  })

  t.test('clients are listed by id, page by page', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (const id of ['c4', 'c1', 'c10', 'c3', 'c2']) await store.addClient(dev, client(id))
    await store.addClient(prod, client('c5'))
    const pages = await readPages(page => store.listClients(dev, page), 2)
    t.strictSame(pages.map(page => page.map(item => item.id)), [['c1', 'c10'], ['c2', 'c3'], ['c4']])
    const first = await store.listClients(dev, { limit: 2, after: null })
    await store.removeClient(dev, 'c10', first.items[1]!.revision)
    await store.addClient(dev, client('c0'))
    t.strictSame((await store.listClients(dev, { limit: 2, after: first.next })).items.map(item => item.id), ['c2', 'c3'])
    t.strictSame(await store.listClients(ref('other', 'dev'), firstPage), { items: [], next: null })
  })

  t.test('an environment holds so many clients and no more', async t => {
    const { store } = await open(t, { maxClients: 2 })
    await createGateway(store, 'shop')
    const c1 = await store.addClient(dev, client('c1'))
    await store.addClient(dev, client('c2'))
    await t.rejects(store.addClient(dev, client('c3')), { code: 'limit' })
    await store.addClient(prod, client('c3'))
    await store.replaceClient(dev, client('c1', { enabled: false }), c1.revision)
    await store.removeClient(dev, 'c1', 5)
    await store.addClient(dev, client('c4'))
    t.equal(await store.revision(), 7)
  })

  t.test('clients that are returned are copies', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const draft = client('c1', { previousKey: { ...previousKey } })
    const added = await store.addClient(dev, draft)
    added.previousKey!.keyHash = 'mine'
    t.strictSame(draft.previousKey, previousKey)
    draft.previousKey!.keyHash = 'mine'
    const read = (await store.getClient(dev, 'c1'))!
    read.previousKey!.keyHash = 'mine'
    t.strictSame(await store.getClient(dev, 'c1'), { ...client('c1', { previousKey }), revision: 2 })
  })
}
