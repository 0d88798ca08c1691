import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import type { ClientApp } from '../../control-plane/store/documents.ts'
import { feedClient } from '../../control-plane/store/feed/values.ts'
import { parseFeedMessage } from '../../data-plane/feed/parse.ts'

const client: ClientApp = {
  id: 'mobile',
  name: 'Mobile',
  description: '',
  enabled: true,
  expiresAt: null,
  scopes: ['orders:read'],
  signingKeys: [
    { id: 'a', algorithm: 'ed25519', publicKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) },
    { id: 'b', algorithm: 'hmac-sha256', secretVariable: 'SIGNING', encoding: 'base64' }
  ],
  certificates: [{ kind: 'thumbprint', value: 'ab'.repeat(32) }, { kind: 'uri', value: 'spiffe://shop/mobile' }],
  apiKeyId: 'key_1',
  keyHash: 'ab'.repeat(32),
  keyLast4: 'abcd',
  previousKey: null,
  createdAt: '2030-01-01T00:00:00.000Z',
  updatedAt: '2030-01-01T00:00:00.000Z',
  revision: 1
}

t.test('what a client is known by reaches data planes, and nothing else of it', async t => {
  const item = { type: 'client', gatewayId: 'shop', environment: 'dev', clientId: client.id, value: feedClient(client) }
  t.strictSame(parseFeedMessage(JSON.stringify(item)), item)
  t.strictSame(Object.keys(item.value).sort(), ['certificates', 'enabled', 'expiresAt', 'keys', 'name', 'scopes', 'signingKeys'])
})

t.test('keys and certificates of kinds that nobody knows are refused', async t => {
  const value = feedClient(client)
  for (const more of [{ signingKeys: [{ id: 'a', algorithm: 'none', publicKey: 'x' }] }, { signingKeys: [{ id: 'a', algorithm: 'ed25519', secretVariable: 'S' }] }, { certificates: [{ kind: 'subject', value: 'CN=x' }] }, { scopes: 'all' }]) {
    t.match(parseFeedMessage(JSON.stringify({ type: 'client', gatewayId: 'shop', environment: 'dev', clientId: 'mobile', value: { ...value, ...more } })), { type: 'unusable' }, JSON.stringify(more))
  }
})
