import type { Test } from 'tap'
import type { FeedState } from '#shared/feed.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { at, client, createGateway, deployment, environment, gateway, keyHash, ref, route, saveVersion, variable } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { createReader, outline } from './reader.ts'

const dev = ref('shop', 'dev')

export function feedContract (t: Test, open: OpenStore): void {
  t.test('a reader that holds nothing gets a snapshot, then nothing until something changes', async t => {
    const { store } = await open(t)
    const reader = createReader()
    t.strictSame(outline(await reader.catchUp(store)), ['snapshot', 'commit 0'])
    t.strictSame(await reader.catchUp(store), [])
    await createGateway(store, 'shop')
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'shop', 'shop/dev', 'shop/staging', 'shop/prod', 'commit 1'])
    t.strictSame(await reader.catchUp(store), [])
  })

  t.test('values say what serving needs, and no more', async t => {
    const { store } = await open(t)
    const plugins = { 'limit-count': { count: 5, windowSeconds: 60 } }
    await store.createGateway(gateway('shop', { environments: ['dev'], defaultEnvironment: 'dev', config: { plugins } }), [
      environment('shop', 'dev', { config: { plugins: { none: {} } } })
    ])
    await store.putVariable(dev, variable('__proto__', 'a'), null)
    await store.putVariable(dev, variable('B', 'b'), null)
    await store.putVariable(dev, variable('S', 'sealed', true), null)
    const previousKey = { apiKeyId: 'old', keyHash: keyHash('old'), keyLast4: 'wxyz', expiresAt: at }
    await store.addClient(dev, client('c1', { expiresAt: at, enabled: false, previousKey }))
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    const reader = createReader()
    await reader.catchUp(store)
    t.strictSame(reader.state(), {
      shop: { name: 'Gateway shop', defaultEnvironment: 'dev', plugins },
      'shop/@v1': { functionName: 'list', bundle: 'bundle of list v1', sourceMap: 'map of list v1' },
      'shop/dev': {
        plugins: { none: {} },
        variables: Object.fromEntries([['__proto__', 'a'], ['B', 'b']]),
        secrets: { S: 'sealed' },
        release: { number: 1, routes: [route('list', 'v1')] },
        canary: null,
        previews: []
      },
      'shop/dev/c1': {
        name: 'Client c1',
        enabled: false,
        expiresAt: at,
        keys: [{ apiKeyId: 'key-c1', keyHash: keyHash('c1'), expiresAt: null }, { apiKeyId: 'old', keyHash: keyHash('old'), expiresAt: at }]
      }
    })
  })

  t.test('many changes of a thing are one message with its last value', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const reader = createReader()
    await reader.catchUp(store)
    await store.replaceGateway(gateway('shop', { name: 'a' }), 1)
    await store.replaceGateway(gateway('shop', { name: 'b' }), 2)
    await store.addClient(dev, client('c1'))
    await store.addClient(dev, client('c2'))
    await store.replaceClient(dev, client('c1', { enabled: false }), 4)
    await store.putVariable(dev, variable('A', '1'), null)
    await store.putVariable(dev, variable('A', '2'), 7)
    await store.removeClient(dev, 'c2', 5)
    const messages = await reader.catchUp(store)
    t.strictSame(outline(messages), ['begin', 'shop', 'shop/dev', 'shop/dev/c1', '-shop/dev/c2', 'commit 9'])
    t.match(reader.state(), { shop: { name: 'b' }, 'shop/dev': { variables: { A: '2' } }, 'shop/dev/c1': { enabled: false } })
  })

  t.test('what no reader serves still moves its revision', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    const reader = createReader()
    await reader.catchUp(store)
    await saveVersion(store, 'shop', 'list', 'v1')
    t.strictSame(outline(await reader.catchUp(store)), ['begin', 'commit 2'])
  })

  t.test('the end of a gateway or an environment is one message', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await createGateway(store, 'other')
    await store.addClient(dev, client('c1'))
    const reader = createReader()
    await reader.catchUp(store)
    await store.addClient(dev, client('c2'))
    await store.deleteEnvironment('shop', 'dev', 1)
    t.strictSame(outline(await reader.catchUp(store)), ['begin', '-shop/dev', 'commit 5'])
    await store.deleteGateway('shop', 5)
    t.strictSame(outline(await reader.catchUp(store)), ['begin', '-shop', 'commit 6'])
    t.strictSame(Object.keys(reader.state()), ['other', 'other/dev', 'other/prod', 'other/staging'])
  })

  t.test('what ended and was made anew keeps nothing of before, above all no key', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    await store.addClient(dev, client('c1'))
    await store.addClient(ref('shop', 'prod'), client('c2'))
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.createRelease('shop', deployment('prod', [route('list', 'v1')], null))
    const [first, second] = [createReader(), createReader()]
    await first.catchUp(store)

    await store.deleteEnvironment('shop', 'dev', 1)
    await store.createEnvironment(environment('shop', 'dev'))
    await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null))
    await store.addClient(dev, client('c3'))
    t.strictSame(outline(await first.catchUp(store)), ['begin', '-shop/dev', 'shop/@v1', 'shop/dev', 'shop/dev/c3', 'commit 9'])
    t.notOk(first.state()['shop/dev/c1'])

    await store.deleteGateway('shop', 7)
    await createGateway(store, 'shop')
    await saveVersion(store, 'shop', 'list', 'v1')
    await store.createRelease('shop', deployment('prod', [route('list', 'v1')], null))
    await first.catchUp(store)
    await second.catchUp(store)
    t.strictSame(Object.keys(first.state()), ['shop', 'shop/@v1', 'shop/dev', 'shop/prod', 'shop/staging'])
    t.strictSame(first.state(), second.state())
  })

  t.test('a reader resumes after a restart of the store', async t => {
    const { store, reopen } = await open(t)
    await createGateway(store, 'shop')
    const reader = createReader()
    await reader.catchUp(store)
    await store.addClient(dev, client('c1'))
    const again = await reopen()
    t.strictSame(outline(await reader.catchUp(again)), ['begin', 'shop/dev/c1', 'commit 2'])
  })

  t.test('a reader of another store, or of a future that this one has not seen, gets a snapshot', async t => {
    const [one, two] = [await open(t), await open(t)]
    await createGateway(one.store, 'shop')
    await createGateway(two.store, 'other')
    const reader = createReader()
    await reader.catchUp(one.store)
    const messages = await reader.catchUp(two.store)
    t.equal(outline(messages)[0], 'snapshot')
    t.strictSame(Object.keys(reader.state()), ['other', 'other/dev', 'other/prod', 'other/staging'])
    const ahead = await Array.fromAsync(two.store.readFeed({ store: two.store.id, after: 9, environments: null }))
    t.match(outline(ahead), { 0: 'snapshot', [ahead.length - 1]: 'commit 1' })
  })

  t.test('a reader that is behind what is kept of the changes gets a snapshot', async t => {
    const { store } = await open(t, { changesRetained: 5 })
    await createGateway(store, 'shop')
    const [near, far] = [createReader(), createReader()]
    await far.catchUp(store)
    for (let index = 0; index < 3; index++) await store.addClient(dev, client(`a${index}`))
    await near.catchUp(store)
    await store.removeClient(dev, 'a0', 2)
    for (let index = 0; index < 4; index++) await store.addClient(dev, client(`b${index}`))
    t.equal(outline(await near.catchUp(store))[0], 'begin', 'five behind is what is kept')
    t.equal(outline(await far.catchUp(store))[0], 'snapshot')
    t.strictSame(far.state(), near.state())
  })

  t.test('from wherever a reader goes on, it misses nothing', async t => {
    const { store } = await open(t, { changesRetained: 5 })
    await createGateway(store, 'shop')
    const readers = []
    for (let index = 0; index < 12; index++) {
      const reader = createReader()
      await reader.catchUp(store)
      readers.push(reader)
      await store.addClient(dev, client(`c${index}`))
    }
    const fresh = createReader()
    await fresh.catchUp(store)
    for (const [index, reader] of readers.entries()) {
      await reader.catchUp(store)
      t.strictSame(reader.state(), fresh.state(), `from revision ${index + 1}`)
    }
  })

  t.test('a feed is one state of the store, whatever is written while it is read', async t => {
    const { store } = await open(t)
    for (const id of ['alpha', 'bravo', 'charlie']) await createGateway(store, id)
    await store.addClient(ref('charlie', 'dev'), client('c1'))
    const before = await stateOf(store)
    const messages: FeedState[] = []
    for await (const message of store.readFeed({ store: null, after: 0, environments: null })) {
      if (messages.push(message) !== 2) continue
      await store.removeClient(ref('charlie', 'dev'), 'c1', 4)
      await store.deleteGateway('bravo', 2)
      await createGateway(store, 'delta')
    }
    const reader = createReader()
    reader.take(store.id, messages)
    const states = new Map([[4, before], [7, await stateOf(store)]])
    t.ok(states.has(reader.revision()), `the state of revision ${reader.revision()}: that when the reading began, or one that came meanwhile`)
    t.strictSame(reader.state(), states.get(reader.revision()))
    t.notSame(states.get(4), states.get(7))
  })

  t.test('a reader may give up in the middle', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (let round = 0; round < 20; round++) {
      for await (const message of store.readFeed({ store: null, after: 0, environments: null })) {
        if (message.type === 'gateway') break
      }
    }
    await createGateway(store, 'other')
    const reader = createReader()
    t.equal(outline(await reader.catchUp(store)).at(-1), 'commit 2')
  })
}

async function stateOf (store: Store): Promise<Record<string, unknown>> {
  const reader = createReader()
  await reader.catchUp(store)
  return reader.state()
}
