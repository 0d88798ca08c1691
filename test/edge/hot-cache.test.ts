import t from 'tap'
import type { CompiledEnvironment } from '../../data-plane/edge/environment.ts'
import { createHotCache, type HotCache } from '../../data-plane/hot-cache.ts'
import type { ReplicaKey, ReplicaReader } from '../../data-plane/replica/replica.ts'

/** Counts what is asked of the replica. */
function countingReplica (): { replica: ReplicaReader, asked: string[] } {
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
      return name === 'prod' ? { plugins: {}, variables: {}, secrets: {}, release: null, canary: null, previews: [] } : null
    },
    findKey: keyHash => {
      asked.push(keyHash)
      return keyHash.startsWith('known') ? { gatewayId: 'shop', environment: 'prod', clientId: 'c' } as ReplicaKey : null
    },
    scheduledEnvironments: () => [],
    getFunctionVersion: () => null,
    isUnusable: () => false,
    refresh: () => {},
    close: () => {}
  }
  return { replica, asked }
}

function cacheOver (replica: ReplicaReader, max = { gateways: 2, hosts: 2, keys: 2, unknown: 2 }): HotCache {
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

t.test('there is room for so much and no more', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica)
  for (const id of ['shop1', 'shop2', 'shop3']) hot.findHost(`${id}.api.localhost`)
  asked.length = 0
  hot.findHost('shop3.api.localhost')
  t.strictSame(asked, [])
  hot.findHost('shop1.api.localhost')
  t.strictSame(asked, ['shop1', 'shop1/prod'])
})

t.test('a change forgets what it touched, and nothing else', async t => {
  const { replica, asked } = countingReplica()
  const hot = cacheOver(replica, { gateways: 10, hosts: 10, keys: 10, unknown: 10 })
  const askAll = (): string[] => {
    asked.length = 0
    for (const host of ['shop', 'shop2', 'shop2-dev', 'none']) hot.findHost(`${host}.api.localhost`)
    for (const key of ['known1', 'known2', 'unknown1', 'unknown2']) hot.findKey(key)
    return [...asked]
  }
  const change = { revision: 2, all: false, gateways: [], environments: [], keyHashes: [] }
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
  hot.apply({ ...change, all: true })
  t.equal(askAll().length, 10)
})
