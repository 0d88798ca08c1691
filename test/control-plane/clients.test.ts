import t from 'tap'
import { parseApiKey, hashApiKey } from '#shared/api-key.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const clients = '/api-gateways/shop/environments/dev/clients'

async function withGateway (admin: Admin): Promise<void> {
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
}

interface Client { id: string, apiKey: string, apiKeyId: string, keyLast4: string }

async function addClient ({ admin }: Pick<ControlPlane, 'admin'>, body: object): Promise<Client> {
  return (await admin('POST', clients, body)).json as Client
}

t.test('a client is made with a key that is its environment\'s, and read without it', async t => {
  const { admin, store } = await startControlPlane(t)
  await withGateway(admin)
  const made = await admin('POST', clients, { name: 'Mobile', description: 'iOS and Android', expiresAt: '2031-06-01T12:00:00+02:00' })
  t.equal(made.status, 201)
  const { apiKey, ...client } = made.json as Client
  t.match(made.headers, { location: `/v1${clients}/${client.id}`, 'cache-control': 'no-store' })
  t.match(parseApiKey(apiKey), { environment: 'dev', last4: client.keyLast4 })
  t.match(client.id, /^[a-z0-9]{12}$/)
  t.strictSame({ ...client, id: '', apiKeyId: '', keyLast4: '' }, {
    id: '',
    name: 'Mobile',
    description: 'iOS and Android',
    enabled: true,
    expiresAt: '2031-06-01T10:00:00.000Z',
    scopes: [],
    apiKeyId: '',
    keyLast4: '',
    previousKey: null,
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z'
  })
  t.strictSame((await admin('GET', `${clients}/${client.id}`)).json, client)
  t.strictSame((await admin('GET', clients)).json, { items: [client], nextCursor: null })
  t.match(await store.findClientByKeyHash(hashApiKey(apiKey, null)), { client: { id: client.id } })
})

t.test('a client is changed and removed', async t => {
  const { admin } = await startControlPlane(t)
  await withGateway(admin)
  const { id, apiKeyId } = await addClient({ admin }, { name: 'Mobile', expiresAt: '2031-01-01T00:00:00Z' })
  t.match(await admin('PATCH', `${clients}/${id}`, { enabled: false, expiresAt: null }), {
    status: 200, json: { id, name: 'Mobile', enabled: false, expiresAt: null, apiKeyId, apiKey: undefined }
  })
  t.match(await admin('PATCH', `${clients}/${id}`, { scopes: ['orders:read'] }), { status: 200, json: { enabled: false, scopes: ['orders:read'] } })
  t.match(await admin('PATCH', `${clients}/${id}`, { scopes: ['two words'] }), { status: 400, json: { errors: [{ pointer: '/scopes/0' }] } })
  t.match((await admin('PATCH', `${clients}/${id}`, { enabled: null })).json, { enabled: true })
  t.equal((await admin('DELETE', `${clients}/${id}`)).status, 204)
  t.match(await admin('GET', `${clients}/${id}`), { status: 404, json: { code: 'client_not_found' } })
  t.match(await admin('DELETE', `${clients}/${id}`), { status: 404, json: { code: 'client_not_found' } })
  t.match(await admin('GET', '/api-gateways/shop/environments/nope/clients/abc'), { status: 404, json: { code: 'environment_not_found' } })
})

t.test('a name is one client\'s within its environment', async t => {
  const { admin } = await startControlPlane(t)
  await withGateway(admin)
  await addClient({ admin }, { name: 'Mobile' })
  const { id } = await addClient({ admin }, { name: 'Web' })
  const taken = { status: 409, json: { code: 'client_name_taken', errors: [{ pointer: '/name' }] } }
  t.match(await admin('POST', clients, { name: 'Mobile' }), taken)
  t.match(await admin('PATCH', `${clients}/${id}`, { name: 'Mobile' }), taken)
  t.equal((await admin('POST', '/api-gateways/shop/environments/prod/clients', { name: 'Mobile' })).status, 201)
})

t.test('another key: the old one is gone at once', async t => {
  const { admin, store } = await startControlPlane(t)
  await withGateway(admin)
  const before = await addClient({ admin }, { name: 'Mobile' })
  // With no body at all.
  const regenerated = await admin('POST', `${clients}/${before.id}/regenerate-key`)
  t.match(regenerated, { status: 200, headers: { etag: '"3"', 'x-imprun-revision': '3', 'cache-control': 'no-store' } })
  const after = regenerated.json as Client
  t.match(after, { id: before.id, name: 'Mobile', previousKey: null })
  t.not(after.apiKey, before.apiKey)
  t.not(after.apiKeyId, before.apiKeyId)
  t.equal(await store.findClientByKeyHash(hashApiKey(before.apiKey, null)), null)
  t.match(await store.findClientByKeyHash(hashApiKey(after.apiKey, null)), { client: { id: before.id } })
})

t.test('another key with an overlap: the old one lives on for so long', async t => {
  const { admin, store, clock } = await startControlPlane(t)
  await withGateway(admin)
  const before = await addClient({ admin }, { name: 'Mobile' })
  clock.advance(500)
  const after = (await admin('POST', `${clients}/${before.id}/regenerate-key`, { overlapSeconds: 60 })).json as Client
  t.match(after, { previousKey: { apiKeyId: before.apiKeyId, keyLast4: before.keyLast4, expiresAt: '2030-01-01T00:01:00.500Z' } })
  t.match(await store.getClient({ gatewayId: 'shop', environment: 'dev' }, before.id), { previousKey: { keyHash: hashApiKey(before.apiKey, null) } })
  for (const overlapSeconds of [-1, 2_592_001, 1.5, '60', null]) {
    t.match(await admin('POST', `${clients}/${before.id}/regenerate-key`, { overlapSeconds }), { status: 400, json: { errors: [{ pointer: '/overlapSeconds' }] } })
  }
})

t.test('a moment that does not exist is refused', async t => {
  const { admin } = await startControlPlane(t)
  await withGateway(admin)
  for (const expiresAt of ['', 'tomorrow', '2031-02-30T00:00:00Z', '2031-01-01', '2031-01-01T00:00:00', '2031-01-01T25:00:00Z', '2031-13-01T00:00:00Z', '9999-12-31T23:59:59-12:00', 1893456000]) {
    t.match(await admin('POST', clients, { name: 'Mobile', expiresAt }), { status: 400, json: { errors: [{ pointer: '/expiresAt' }] } }, String(expiresAt))
  }
})

t.test('a pepper is part of what is stored', async t => {
  const { admin, store } = await startControlPlane(t, { keyPepper: 'a-pepper-of-the-tests' })
  await withGateway(admin)
  const { apiKey } = await addClient({ admin }, { name: 'Mobile' })
  t.equal(await store.findClientByKeyHash(hashApiKey(apiKey, null)), null)
  t.ok(await store.findClientByKeyHash(hashApiKey(apiKey, 'a-pepper-of-the-tests')))
})
