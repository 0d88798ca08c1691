import t from 'tap'
import type { FeedItem } from '#shared/feed.ts'
import type { ReplicaChange } from '../../data-plane/replica/replica.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, versionItem, type TestReplica } from '../support/replica.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(keyHash) as [string, string, string, string]

/** Two gateways; `shop` has two environments with clients. */
function openFilled (t: Tap): TestReplica {
  const replica = openTestReplica(t)
  applyBatch(replica.writer, 1, [
    gatewayItem('shop'), gatewayItem('blog'),
    versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1']), environmentItem('shop', 'prod', ['v1']), environmentItem('blog', 'dev'),
    clientItem('shop', 'dev', 'mobile', [a]), clientItem('shop', 'prod', 'mobile', [b]), clientItem('blog', 'dev', 'mobile', [c])
  ])
  return replica
}
type Tap = Parameters<typeof openTestReplica>[0]

function sorted ({ gateways, environments, keyHashes }: ReplicaChange): unknown {
  return { gateways: gateways.toSorted(), environments: environments.map(ref => `${ref.gatewayId}-${ref.environment}`).sort(), keyHashes: keyHashes.toSorted() }
}

const none = { gateways: [] as string[], environments: [] as string[], keyHashes: [] as string[] }
const cases: Record<string, { items: FeedItem[], touched: typeof none }> = {
  'a new client': { items: [clientItem('shop', 'dev', 'web', [d])], touched: { ...none, keyHashes: [d] } },
  'a client that is disabled': { items: [clientItem('shop', 'dev', 'mobile', [a], { enabled: false })], touched: { ...none, keyHashes: [a] } },
  'a key that another one replaces': { items: [clientItem('shop', 'dev', 'mobile', [d])], touched: { ...none, keyHashes: [a, d] } },
  'a key beside which another one comes': {
    items: [clientItem('shop', 'dev', 'mobile', [], { keys: [{ apiKeyId: 'k', keyHash: d, expiresAt: null }, { apiKeyId: 'key0', keyHash: a, expiresAt: null }] })],
    touched: { ...none, keyHashes: [d] }
  },
  'a client that is removed': { items: [{ type: 'client', gatewayId: 'shop', environment: 'dev', clientId: 'mobile', value: null }], touched: { ...none, keyHashes: [a] } },
  'a client that nobody knew is removed': { items: [{ type: 'client', gatewayId: 'shop', environment: 'dev', clientId: 'ghost', value: null }], touched: none },
  'what is said again unchanged': { items: [gatewayItem('shop'), environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'mobile', [a])], touched: none },
  'a gateway that changes': { items: [{ type: 'gateway', gatewayId: 'shop', value: { name: 'New', defaultEnvironment: 'dev', plugins: {} } }], touched: { ...none, gateways: ['shop'] } },
  'an environment that changes': { items: [environmentItem('shop', 'dev', ['v1'], { variables: { X: '1' } })], touched: { ...none, environments: ['shop-dev'] } },
  'an environment that is removed': {
    items: [{ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null }],
    touched: { gateways: [], environments: ['shop-dev'], keyHashes: [a] }
  },
  'a gateway that is removed': {
    items: [{ type: 'gateway', gatewayId: 'shop', value: null }],
    touched: { gateways: ['shop'], environments: ['shop-dev', 'shop-prod'], keyHashes: [a, b] }
  },
  'an environment that is made anew': {
    items: [{ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null }, environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'web', [d])],
    touched: { gateways: [], environments: ['shop-dev'], keyHashes: [a, d] }
  }
}

t.test('a commit says exactly what it touched', async t => {
  for (const [name, { items, touched }] of Object.entries(cases)) {
    t.test(name, async t => {
      const { writer } = openFilled(t)
      const change = applyBatch(writer, 2, items)
      t.equal(change.all, false)
      t.strictSame(sorted(change), touched)
    })
  }
})

t.test('the end of a gateway is the end of all that is in it, and of nothing else', async t => {
  const { reader, writer } = openFilled(t)
  applyBatch(writer, 2, [{ type: 'gateway', gatewayId: 'shop', value: null }])
  t.strictSame([reader.getGateway('shop'), reader.getEnvironment('shop', 'dev'), reader.getEnvironment('shop', 'prod')], [null, null, null])
  t.strictSame([reader.findKey(a), reader.findKey(b), reader.getFunctionVersion('shop', 'v1')], [null, null, null])
  t.equal(reader.findKey(c)?.gatewayId, 'blog')
  applyBatch(writer, 3, [gatewayItem('shop'), environmentItem('shop', 'dev')])
  t.equal(reader.findKey(a), null, 'a gateway of the same name gets none of its keys back')
})

t.test('the end of an environment leaves its sisters alone', async t => {
  const { reader, writer } = openFilled(t)
  applyBatch(writer, 2, [{ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null }])
  t.equal(reader.findKey(a), null)
  t.equal(reader.findKey(b)?.environment, 'prod')
  t.not(reader.getFunctionVersion('shop', 'v1'), null)
})
