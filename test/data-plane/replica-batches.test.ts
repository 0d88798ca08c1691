import t from 'tap'
import { FeedRefused } from '../../data-plane/replica/errors.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, openTestReplica, versionItem } from '../support/replica.ts'

t.test('an empty replica holds nothing, and asks for everything', async t => {
  const { reader, writer } = openTestReplica(t)
  t.equal(reader.revision(), 0)
  t.equal(reader.getGateway('shop'), null)
  t.equal(reader.findKey(keyHash('a')), null)
  t.strictSame(writer.position(), { store: null, revision: 0 })
})

t.test('what a batch brings is read back as it was sent', async t => {
  const { reader, writer } = openTestReplica(t)
  applyBatch(writer, 7, [
    gatewayItem('shop'),
    versionItem('shop', 'v1', 'globalThis.x = "é\\u0000"'),
    environmentItem('shop', 'dev', ['v1'], { variables: { GREETING: 'héllo' } }),
    clientItem('shop', 'dev', 'mobile', [keyHash('a')], { name: 'Mobile', expiresAt: '2030-01-01T00:00:00.000Z' })
  ])
  t.equal(reader.revision(), 7)
  t.strictSame(writer.position(), { store: 'store-1', revision: 7 })
  t.strictSame(reader.getGateway('shop'), { name: 'The shop', defaultEnvironment: 'prod', plugins: {} })
  t.match(reader.getEnvironment('shop', 'dev'), { variables: { GREETING: 'héllo' }, release: { routes: [{ versionId: 'v1' }] } })
  t.equal(reader.getFunctionVersion('shop', 'v1')?.bundle, 'globalThis.x = "é\\u0000"')
  t.strictSame(reader.findKey(keyHash('a')), {
    gatewayId: 'shop', environment: 'dev', clientId: 'mobile', clientName: 'Mobile', apiKeyId: 'key0', enabled: true, expiresAt: Date.UTC(2030, 0, 1), scopes: [], signingKeys: [], plugins: null, quotaResets: 0
  })
  t.equal(reader.getEnvironment('shop', 'prod'), null)
})

t.test('a key ends with itself or with its client, whichever is earlier', async t => {
  const { reader, writer } = openTestReplica(t)
  const early = '2030-01-01T00:00:00Z'
  const late = '2031-01-01T00:00:00Z'
  const key = (start: string, expiresAt: string | null) => ({ apiKeyId: start, keyHash: keyHash(start), expiresAt })
  applyBatch(writer, 1, [
    gatewayItem('shop'), environmentItem('shop', 'dev'),
    clientItem('shop', 'dev', 'one', [], { expiresAt: late, keys: [key('a', null), key('b', early)] }),
    clientItem('shop', 'dev', 'two', [], { expiresAt: null, keys: [key('c', null), key('d', late)] }),
    clientItem('shop', 'dev', 'three', [], { expiresAt: early, keys: [key('e', late)] })
  ])
  const ends = ['a', 'b', 'c', 'd', 'e'].map(start => reader.findKey(keyHash(start))?.expiresAt)
  t.strictSame(ends, [late, early, null, late, early].map(text => text === null ? null : Date.parse(text)))
})

t.test('a batch is seen when it is committed, and not before', async t => {
  const { reader, writer } = openTestReplica(t)
  const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: true })
  batch.apply(gatewayItem('shop'))
  t.equal(reader.getGateway('shop'), null)
  batch.commit({ type: 'commit', revision: 1 })
  t.not(reader.getGateway('shop'), null)
})

t.test('a batch that is rolled back never happened', async t => {
  const { reader, writer } = openTestReplica(t)
  applyBatch(writer, 1, [gatewayItem('shop'), environmentItem('shop', 'dev'), clientItem('shop', 'dev', 'mobile', [keyHash('a')])])
  const batch = writer.begin({ type: 'begin', store: 'store-2', snapshot: true })
  batch.apply(gatewayItem('other'))
  batch.rollback()
  t.not(reader.findKey(keyHash('a')), null)
  t.equal(reader.getGateway('other'), null)
  t.strictSame(writer.position(), { store: 'store-1', revision: 1 })
  t.strictSame(applyBatch(writer, 2, []), { revision: 2, all: false, gateways: [], environments: [], keyHashes: [], clientHandles: [] }, 'nor is it reported later')
})

t.test('a snapshot leaves nothing of what was there before', async t => {
  const { reader, writer } = openTestReplica(t)
  applyBatch(writer, 9, [
    gatewayItem('shop'), versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1']), clientItem('shop', 'dev', 'mobile', [keyHash('a')])
  ])
  const change = applyBatch(writer, 3, [gatewayItem('other')], { store: 'store-2', snapshot: true })
  t.strictSame(change, { revision: 3, all: true, gateways: [], environments: [], keyHashes: [], clientHandles: [] })
  t.strictSame([reader.getGateway('shop'), reader.getEnvironment('shop', 'dev'), reader.getFunctionVersion('shop', 'v1'), reader.findKey(keyHash('a'))], [null, null, null, null])
  t.not(reader.getGateway('other'), null)
  t.strictSame(writer.position(), { store: 'store-2', revision: 3 })
})

t.test('a batch that contradicts what is held is refused, and asks for a snapshot', async t => {
  const refusals = {
    'changes of another store': { items: [], begin: { store: 'store-2', snapshot: false }, revision: 6 },
    'a revision that goes back': { items: [], begin: {}, revision: 4 },
    'a client of no environment': { items: [clientItem('shop', 'prod', 'mobile', [keyHash('a')])], begin: {}, revision: 6 },
    'an environment of no gateway': { items: [environmentItem('other', 'dev')], begin: {}, revision: 6 },
    'a release that names an unknown version': { items: [environmentItem('shop', 'dev', ['v9'])], begin: {}, revision: 6 }
  }
  for (const [name, { items, begin, revision }] of Object.entries(refusals)) {
    t.test(name, async t => {
      const { reader, writer } = openTestReplica(t)
      applyBatch(writer, 5, [gatewayItem('shop'), environmentItem('shop', 'dev')])
      const refused = (): void => {
        const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: false, ...begin })
        try {
          for (const item of items) batch.apply(item)
          batch.commit({ type: 'commit', revision })
        } finally {
          batch.rollback()
        }
      }
      t.throws(refused, { name: FeedRefused.name, needsSnapshot: true })
      t.strictSame(writer.position(), { store: 'store-1', revision: 5 })
      t.equal(reader.getEnvironment('shop', 'dev')?.release, null)
      t.equal(applyBatch(writer, 6, [gatewayItem('shop')]).revision, 6, 'and the next batch is taken')
    })
  }
})
