import type { Test } from 'tap'
import { maxUsageClients, maxVariableNames, type RouteUse, type VariableUse } from '#shared/usage.ts'
import { routeUsageDays, variableReadsMs, variableVersionsRetained, type Store } from '../../control-plane/store/store.ts'
import { createGateway, ref } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')
const dayMs = 86_400_000
const start = Date.UTC(2030, 0, 1, 12)

function routeUse (fields: Partial<RouteUse> = {}): RouteUse {
  return { ...dev, functionName: 'list', method: 'GET', path: '/orders', requests: 1, lastAt: start, clients: [], moreClients: false, ...fields }
}

function variableUse (fields: Partial<VariableUse> = {}): VariableUse {
  return { ...dev, functionName: 'list', versionId: 'v1', found: [], missing: [], ...fields }
}

async function openShop (t: Test, open: OpenStore): Promise<{ store: Store, add: (...uses: Array<RouteUse | VariableUse>) => Promise<void>, reopen: () => Promise<Store>, set: (time: number) => void }> {
  let now = start
  const { store, reopen } = await open(t, { clock: { now: () => now } })
  await createGateway(store, 'shop')
  return {
    store,
    reopen,
    set: time => { now = time },
    add: async (...uses) => await store.addUsage({ routes: uses.filter(use => 'method' in use), variables: uses.filter(use => 'versionId' in use) })
  }
}

export function usageContract (t: Test, open: OpenStore): void {
  t.test('the use of a route adds up', async t => {
    const { store, add, reopen } = await openShop(t, open)
    await add(routeUse({ requests: 2, clients: ['b'], lastAt: start + 5 }), routeUse({ environment: 'prod' }))
    await add(routeUse({ clients: ['a', 'b'] }), routeUse({ method: 'POST', requests: 0 }))
    await add(routeUse({ requests: 4, lastAt: start + dayMs, moreClients: true }))
    const expected = [
      { functionName: 'list', method: 'GET', path: '/orders', requests: 7, lastUsedAt: '2030-01-02T12:00:00.000Z', clients: ['a', 'b'], moreClients: true },
      { functionName: 'list', method: 'POST', path: '/orders', requests: 0, lastUsedAt: '2030-01-01T12:00:00.000Z', clients: [], moreClients: false }
    ]
    t.strictSame(await store.listRouteUsage(dev, start, firstPage), { items: expected, next: null })
    t.equal(await store.revision(), 1, 'nobody follows it')
    t.strictSame((await (await reopen()).listRouteUsage(dev, start, firstPage)).items, expected)
  })

  t.test('routes that were used since then', async t => {
    const { store, add } = await openShop(t, open)
    await add(routeUse({ path: '/old' }), routeUse({ path: '/both' }), routeUse({ path: '/both', lastAt: start + 3 * dayMs }), routeUse({ path: '/new', lastAt: start + 3 * dayMs }))
    const since = async (time: number): Promise<unknown> => (await store.listRouteUsage(dev, time, firstPage)).items.map(({ path, requests }) => [path, requests])
    t.strictSame(await since(start), [['/both', 2], ['/new', 1], ['/old', 1]])
    t.strictSame(await since(start + 1), [['/both', 2], ['/new', 1]], 'counts are those of whole days')
    t.strictSame(await since(start + dayMs), [['/both', 1], ['/new', 1]])
    t.strictSame(await since(start + 3 * dayMs + 1), [])
  })

  t.test('routes come by path, in pages', async t => {
    const { store, add } = await openShop(t, open)
    const paths = ['/', '/:id', '/a', '/a/*', '/a/b', '/b']
    await add(...paths.flatMap(path => [0, 1].flatMap(day => ['POST', 'GET'].map(method => routeUse({ path, method, lastAt: start + day * dayMs })))))
    await add(routeUse({ path: '/a', functionName: 'other' }))
    const pages = await readPages(page => store.listRouteUsage(dev, start, page), 4)
    t.strictSame(pages.map(items => items.length), [4, 4, 4, 1])
    t.strictSame(pages.flat().map(({ path, method, functionName }) => `${path} ${method} ${functionName}`), paths.flatMap(path => [`${path} GET list`, ...path === '/a' ? ['/a GET other'] : [], `${path} POST list`]))
  })

  t.test('so many clients of a route are kept', async t => {
    const { store, add } = await openShop(t, open)
    const ids = Array.from({ length: maxUsageClients + 1 }, (_value, n) => `c${String(n).padStart(2, '0')}`)
    await add(routeUse({ clients: ids.slice(0, 15) }))
    await add(routeUse({ clients: ids.slice(5, maxUsageClients) }))
    t.match((await store.listRouteUsage(dev, start, firstPage)).items, [{ clients: ids.slice(0, maxUsageClients), moreClients: false }])
    await add(routeUse({ clients: ids.slice(maxUsageClients), lastAt: start + dayMs }))
    t.match((await store.listRouteUsage(dev, start, firstPage)).items, [{ clients: ids.slice(0, maxUsageClients), moreClients: true }])
  })

  t.test('names of variables gather, and whether they are there is what was heard last', async t => {
    const { store, add, set, reopen } = await openShop(t, open)
    await add(variableUse({ found: ['B'], missing: ['A'] }), variableUse({ versionId: 'v2', found: ['C'] }), variableUse({ functionName: 'other', found: ['D'] }))
    set(start + 1_000)
    await add(variableUse({ found: ['A'], missing: ['Z'] }), variableUse({ environment: 'prod', missing: ['B'] }))
    const expected = [
      { environment: 'dev', functionName: 'list', versionId: 'v1', names: [{ name: 'A', isThere: true }, { name: 'B', isThere: true }, { name: 'Z', isThere: false }], seenAt: '2030-01-01T12:00:01.000Z' },
      { environment: 'prod', functionName: 'list', versionId: 'v1', names: [{ name: 'B', isThere: false }], seenAt: '2030-01-01T12:00:01.000Z' },
      { environment: 'dev', functionName: 'list', versionId: 'v2', names: [{ name: 'C', isThere: true }], seenAt: '2030-01-01T12:00:00.000Z' }
    ]
    t.strictSame(await store.listVariableReads('shop', 'list'), expected)
    t.equal(await store.revision(), 1)
    t.strictSame(await store.listVariableReads('shop', 'none'), [])
    t.strictSame(await (await reopen()).listVariableReads('shop', 'list'), expected)
  })

  t.test('so many names and versions are kept', async t => {
    const { store, add, set } = await openShop(t, open)
    await add(variableUse({ versionId: 'old', found: ['FIRST'] }))
    for (let n = 0; n < 3; n++) await add(variableUse({ versionId: 'old', found: Array.from({ length: 100 }, (_value, i) => `N${n}_${i}`) }))
    const [{ names } = { names: [] }] = await store.listVariableReads('shop', 'list')
    t.equal(names.length, maxVariableNames)
    t.ok(names.some(({ name }) => name === 'FIRST'), 'what comes later pushes nothing out')
    for (let n = 1; n <= variableVersionsRetained; n++) {
      set(start + n)
      await add(variableUse({ versionId: `v${n}` }), variableUse({ functionName: 'other', versionId: 'old' }))
    }
    const versions = (await store.listVariableReads('shop', 'list')).map(({ versionId }) => versionId)
    t.strictSame(versions, Array.from({ length: variableVersionsRetained }, (_value, n) => `v${variableVersionsRetained - n}`))
    t.equal((await store.listVariableReads('shop', 'other')).length, 1)
  })

  t.test('what is said of an environment that is not there is left out, and goes with it where it was', async t => {
    const { store, add } = await openShop(t, open)
    await add(routeUse({ environment: 'beta' }), routeUse({ gatewayId: 'other' }), variableUse({ environment: 'beta', found: ['A'] }), routeUse(), variableUse({ found: ['A'] }))
    t.equal((await store.listRouteUsage(dev, start, firstPage)).items.length, 1)
    t.equal((await store.listVariableReads('shop', 'list')).length, 1)
    await store.deleteEnvironment('shop', 'dev', (await store.getEnvironment('shop', 'dev'))!.revision)
    t.strictSame(await store.listVariableReads('shop', 'list'), [])
    t.strictSame(await store.listRouteUsage(dev, start, firstPage), { items: [], next: null })
    await add(routeUse({ environment: 'prod' }), variableUse({ environment: 'prod', found: ['A'] }))
    await store.deleteGateway('shop', (await store.getGateway('shop'))!.revision)
    await createGateway(store, 'shop')
    t.strictSame(await store.listVariableReads('shop', 'list'), [])
    t.strictSame((await store.listRouteUsage(ref('shop', 'prod'), start, firstPage)).items, [])
  })

  t.test('what nobody has used for long is swept away, in steps', async t => {
    const { store, add, set } = await openShop(t, open)
    await add(...['/a', '/b', '/c'].map(path => routeUse({ path })), routeUse({ path: '/a', lastAt: start + dayMs }), variableUse({ found: ['A'] }))
    set(start + routeUsageDays * dayMs)
    t.equal(await store.sweepUsage(10), 0)
    set(start + (routeUsageDays + 1) * dayMs)
    t.strictSame([await store.sweepUsage(2), await store.sweepUsage(2), await store.sweepUsage(2)], [2, 1, 0])
    t.match((await store.listRouteUsage(dev, start, firstPage)).items, [{ path: '/a', requests: 1 }])
    set(start + variableReadsMs)
    await store.sweepUsage(10)
    t.equal((await store.listVariableReads('shop', 'list')).length, 1)
    set(start + variableReadsMs + 1)
    t.equal(await store.sweepUsage(10), 1)
    t.strictSame(await store.listVariableReads('shop', 'list'), [])
  })
}
