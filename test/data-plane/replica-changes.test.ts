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

function sorted ({ gateways, environments, keyHashes, clientHandles }: ReplicaChange): unknown {
  return {
    gateways: gateways.toSorted(), environments: environments.map(ref => `${ref.gatewayId}-${ref.environment}`).sort(),
    keyHashes: keyHashes.toSorted(), clientHandles: clientHandles.toSorted()
  }
}

/** Of a client whose name is its id. */
const handles = (environment: string, client: string): string[] => ['id', 'name'].map(kind => `shop/${environment}/${kind}/${client}`)

const none = { gateways: [] as string[], environments: [] as string[], keyHashes: [] as string[], clientHandles: [] as string[] }
const cases: Record<string, { items: FeedItem[], touched: typeof none }> = {
  'a new client': { items: [clientItem('shop', 'dev', 'web', [d])], touched: { ...none, keyHashes: [d], clientHandles: handles('dev', 'web') } },
  'a client that is disabled': { items: [clientItem('shop', 'dev', 'mobile', [a], { enabled: false })], touched: { ...none, keyHashes: [a], clientHandles: handles('dev', 'mobile') } },
  'a client with another name': {
    items: [clientItem('shop', 'dev', 'mobile', [a], { name: 'phone' })],
    touched: { ...none, keyHashes: [a], clientHandles: [...handles('dev', 'mobile'), 'shop/dev/name/phone'] }
  },
  'a client with another certificate': {
    items: [clientItem('shop', 'dev', 'mobile', [a], { certificates: [{ kind: 'dns', value: 'm.example' }] })],
    touched: { ...none, keyHashes: [a], clientHandles: ['shop/dev/dns/m.example', ...handles('dev', 'mobile')] }
  },
  'a key that another one replaces': { items: [clientItem('shop', 'dev', 'mobile', [d])], touched: { ...none, keyHashes: [a, d] } },
  'a key beside which another one comes': {
    items: [clientItem('shop', 'dev', 'mobile', [], { keys: [{ apiKeyId: 'k', keyHash: d, expiresAt: null }, { apiKeyId: 'key0', keyHash: a, expiresAt: null }] })],
    touched: { ...none, keyHashes: [d] }
  },
  'a client that is removed': { items: [{ type: 'client', gatewayId: 'shop', environment: 'dev', clientId: 'mobile', value: null }], touched: { ...none, keyHashes: [a], clientHandles: handles('dev', 'mobile') } },
  'a client that nobody knew is removed': { items: [{ type: 'client', gatewayId: 'shop', environment: 'dev', clientId: 'ghost', value: null }], touched: none },
  'what is said again unchanged': { items: [gatewayItem('shop'), environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'mobile', [a])], touched: none },
  'a gateway that changes': { items: [{ type: 'gateway', gatewayId: 'shop', value: { name: 'New', defaultEnvironment: 'dev', plugins: {} } }], touched: { ...none, gateways: ['shop'] } },
  'an environment that changes': { items: [environmentItem('shop', 'dev', ['v1'], { variables: { X: '1' } })], touched: { ...none, environments: ['shop-dev'] } },
  'an environment that is removed': {
    items: [{ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null }],
    touched: { gateways: [], environments: ['shop-dev'], keyHashes: [a], clientHandles: handles('dev', 'mobile') }
  },
  'a gateway that is removed': {
    items: [{ type: 'gateway', gatewayId: 'shop', value: null }],
    touched: { gateways: ['shop'], environments: ['shop-dev', 'shop-prod'], keyHashes: [a, b], clientHandles: [...handles('dev', 'mobile'), ...handles('prod', 'mobile')] }
  },
  'an environment that is made anew': {
    items: [{ type: 'environment', gatewayId: 'shop', environment: 'dev', value: null }, environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'web', [d])],
    touched: { gateways: [], environments: ['shop-dev'], keyHashes: [a, d], clientHandles: [...handles('dev', 'mobile'), ...handles('dev', 'web')].sort() }
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

t.test('a client is found by its id, by its name and by what it shows, in its own environment', async t => {
  const { reader, writer } = openFilled(t)
  applyBatch(writer, 2, [clientItem('shop', 'dev', 'mobile', [a], { name: 'A/B', scopes: ['x'], certificates: [{ kind: 'dns', value: 'm.example' }] })])
  for (const handle of ['shop/dev/id/mobile', 'shop/dev/name/A/B', 'shop/dev/dns/m.example']) t.match(reader.findClient(handle), { clientId: 'mobile', environment: 'dev', scopes: ['x'] }, handle)
  for (const handle of ['shop/dev/name/mobile', 'shop/prod/name/A/B', 'shop/prod/dns/m.example', 'blog/dev/id/web', 'shop/dev/id/A/B', '', 'x']) t.equal(reader.findClient(handle), null, handle)
})

t.test('two clients can change names in one commit, whichever comes first', async t => {
  const { reader, writer } = openFilled(t)
  const named = (id: string, name: string): FeedItem => clientItem('shop', 'dev', id, [keyHash(id === 'one' ? 'd1' : 'd2')], { name })
  applyBatch(writer, 2, [named('one', 'A'), named('two', 'B')])
  applyBatch(writer, 3, [named('one', 'B'), named('two', 'A')])
  t.strictSame([reader.findClient('shop/dev/name/A')?.clientId, reader.findClient('shop/dev/name/B')?.clientId], ['two', 'one'])
  applyBatch(writer, 4, [named('two', 'B'), named('one', 'A')])
  t.strictSame([reader.findClient('shop/dev/name/A')?.clientId, reader.findClient('shop/dev/name/B')?.clientId], ['one', 'two'])
})
