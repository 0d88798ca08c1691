import t from 'tap'
import type { FeedEnvironment, ReleaseRoute } from '#shared/feed.ts'
import { environmentBytes } from '../../data-plane/cache-sizes.ts'
import type { CompiledEnvironment } from '../../data-plane/edge/environment.ts'
import { createHotCache, defaultMax, type HotCache, type HotCacheLimits } from '../../data-plane/hot-cache.ts'
import type { ReplicaReader } from '../../data-plane/replica/replica.ts'

function environmentOf (count: number): FeedEnvironment {
  const routes = Array.from({ length: count }, (_, number): ReleaseRoute =>
    ({ functionName: `f${number}`, versionId: 'v', methods: ['GET'], path: `/f${number}`, timeoutMs: 1_000 }))
  return { plugins: {}, variables: {}, secrets: {}, release: count === 0 ? null : { number: 1, routes }, canary: null, previews: [] }
}

/** Counts what is asked of the replica. */
function countingReplica (routes = 0): { replica: ReplicaReader, asked: string[] } {
  const asked: string[] = []
  const exists = (gatewayId: string): boolean => gatewayId.startsWith('shop')
  const replica: ReplicaReader = {
    revision: () => 1,
    version: () => '1',
    getGateway: id => {
      asked.push(id)
      return exists(id) ? { name: id, defaultEnvironment: 'prod', plugins: {} } : null
    },
    getEnvironment: (id, name) => {
      asked.push(`${id}/${name}`)
      return name === 'prod' ? environmentOf(routes) : null
    },
    findKey: keyHash => {
      asked.push(keyHash)
      return keyHash.startsWith('known') ? { gatewayId: 'shop', environment: 'prod', clientId: 'c', clientName: 'Client', apiKeyId: 'k', enabled: true, expiresAt: null, scopes: [], signingKeys: [], plugins: null, quotaResets: 0 } : null
    },
    findClient: handle => {
      asked.push(handle)
      return handle.startsWith('known') ? { gatewayId: 'shop', environment: 'prod', clientId: 'c', clientName: 'Client', enabled: true, expiresAt: null, scopes: [], signingKeys: [], plugins: null, quotaResets: 0 } : null
    },
    scheduledEnvironments: () => [],
    getFunctionVersion: () => null,
    isUnusable: () => false,
    refresh: () => {},
    close: () => {}
  }
  return { replica, asked }
}

const emptyEnvironment = environmentBytes({ plugins: {}, variables: {}, secrets: {}, release: null, canary: null, previews: [] })
const room = (entries: number): HotCacheLimits =>
  ({ environmentBytes: 10 * emptyEnvironment * entries, gatewayBytes: 1_000 * entries, keyBytes: 1_000 * entries, hosts: entries, unknown: entries })

function cacheOver (replica: ReplicaReader, max = room(2)): HotCache {
  return createHotCache({ replica, baseDomain: 'localhost', compile: source => source as unknown as CompiledEnvironment, max })
}

t.test('what is there and what is not is asked for once', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica)
  for (let i = 0; i < 3; i++) {
    t.equal(hot.findHost('shop.api.localhost:8080').kind, 'environment')
    t.equal(hot.findHost('shop-dev.api.localhost').kind, 'unknown')
    t.equal(hot.findHost('none.api.localhost').kind, 'unknown')
    t.ok(hot.findKey('known'))
    t.equal(hot.findKey('unknown'), null)
  }
  t.strictSame(asked, ['shop', 'shop/prod', 'shop/dev', 'none', 'known', 'unknown'])
})

t.test('what does not exist pushes out nothing that does', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica)
  hot.findHost('shop.api.localhost')
  hot.findKey('known')
  for (let i = 0; i < 100; i++) {
    hot.findHost(`none${i}.api.localhost`)
    hot.findHost(`shop-none${i}.api.localhost`)
    hot.findKey(`unknown${i}`)
  }
  asked.length = 0
  hot.findHost('shop.api.localhost')
  hot.findKey('known')
  t.strictSame(asked, [])
})

/** How many of the environments that were met last are still there. */
function countKept (hot: HotCache, asked: string[], count: number): number {
  for (let number = 0; number < count; number++) hot.findHost(hostOf(number))
  asked.length = 0
  for (let number = count - 1; number >= 0; number--) {
    hot.findHost(hostOf(number))
    if (asked.some(place => place.includes('/'))) return count - 1 - number
  }
  return count
}
const hostOf = (number: number): string => `shop${String(number).padStart(6, '0')}.api.localhost`

t.test('however many gateways are met, what is kept of them takes so many bytes and no more', async t => {
  for (const routes of [1, 10]) {
    const { replica, asked } = countingReplica(routes)
    const kept = countKept(cacheOver(replica, defaultMax), asked, 12_000)
    const bytes = kept * environmentBytes(environmentOf(routes))
    t.ok(bytes <= defaultMax.environmentBytes, `${kept} with ${routes} routes are ${bytes} bytes`)
    t.ok(bytes > 0.9 * defaultMax.environmentBytes, 'the room is used')
  }
})

t.test('an environment that takes more than there is room for is kept all the same', async t => {
  const { replica, asked } = countingReplica(100)
  t.equal(countKept(cacheOver(replica, { ...defaultMax, environmentBytes: 20_000 }), asked, 20), 8)
})

t.test('keys and gateways, too, take so many bytes and no more', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica, { ...defaultMax, keyBytes: 10_000, gatewayBytes: 10_000 })
  for (let number = 0; number < 100; number++) {
    hot.findKey(`known${number}`)
    hot.findHost(hostOf(number))
  }
  asked.length = 0
  hot.findKey('known99')
  hot.findHost(hostOf(99))
  t.strictSame(asked, [])
  hot.findKey('known0')
  hot.findHost(hostOf(0))
  t.strictSame(asked, ['known0', 'shop000000', 'shop000000/prod'])
})

t.test('a change forgets what it touched, and nothing else', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica, room(10))
  const askAll = (): string[] => {
    asked.length = 0
    for (const host of ['shop', 'shop2', 'shop2-dev', 'none']) hot.findHost(`${host}.api.localhost`)
    for (const key of ['known1', 'known2', 'unknown1', 'unknown2']) hot.findKey(key)
    for (const handle of ['known3', 'known4', 'unknown3']) hot.findClient(handle)
    return [...asked]
  }
  const change = { revision: 2, all: false, gateways: [], environments: [], keyHashes: [], clientHandles: [] }
  askAll()
  t.strictSame(askAll(), [])
  hot.apply({ ...change, gateways: ['none', 'shop'] })
  t.strictSame(askAll(), ['shop', 'shop/prod', 'none'])
  hot.apply({ ...change, environments: [{ gatewayId: 'shop2', environment: 'dev' }] })
  t.strictSame(askAll(), ['shop2/dev'])
  hot.apply({ ...change, environments: [{ gatewayId: 'shop2', environment: 'prod' }, { gatewayId: 'nobody', environment: 'x' }] })
  t.strictSame(askAll(), ['shop2/prod'])
  hot.apply({ ...change, keyHashes: ['known1', 'unknown2'] })
  t.strictSame(askAll(), ['known1', 'unknown2'])
  hot.apply({ ...change, clientHandles: ['known3', 'unknown3'] })
  t.strictSame(askAll(), ['known3', 'unknown3'])
  hot.apply({ ...change, all: true })
  t.equal(askAll().length, 13)
})
