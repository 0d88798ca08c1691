import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

t.test('environments are added, changed and deleted', async t => {
  const { admin, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('POST', '/api-gateways/shop/environments', { name: 'qa-2' })
  t.equal(made.status, 201)
  t.equal(made.headers.location, '/v1/api-gateways/shop/environments/qa-2')
  t.strictSame(made.json, {
    name: 'qa-2',
    domain: 'shop-qa-2.api.localhost',
    domains: ['shop-qa-2.api.localhost'],
    default: false,
    config: { plugins: {} },
    release: null,
    canary: null,
    previews: [],
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z'
  })
  t.match((await admin('GET', '/api-gateways/shop')).json, { environments: ['dev', 'staging', 'prod', 'qa-2'] })
  t.match(await admin('POST', '/api-gateways/shop/environments', { name: 'qa-2' }), { status: 409, json: { code: 'environment_exists' } })
  t.match(await admin('POST', '/api-gateways/nope/environments', { name: 'qa-2' }), { status: 404, json: { code: 'api_gateway_not_found' } })

  clock.advance(1000)
  const plugins = { cors: { allowOrigins: ['https://app.example.com'] }, 'limit-count': { count: 10, windowSeconds: 60 } }
  const changed = await admin('PATCH', '/api-gateways/shop/environments/qa-2', { config: { plugins } })
  t.match(changed.json, { updatedAt: '2030-01-01T00:00:01.000Z' })
  t.match(changed.json, { config: { plugins: { cors: plugins.cors, 'limit-count': { count: 10, windowSeconds: 60 } } } })

  t.equal((await admin('DELETE', '/api-gateways/shop/environments/qa-2')).status, 204)
  t.match(await admin('GET', '/api-gateways/shop/environments/qa-2'), { status: 404, json: { code: 'environment_not_found' } })
  t.match((await admin('GET', '/api-gateways/shop')).json, { environments: ['dev', 'staging', 'prod'] })
})

t.test('the default environment stays', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('DELETE', '/api-gateways/shop/environments/prod'), { status: 409, json: { code: 'environment_is_default' } })
  t.equal((await admin('GET', '/api-gateways/shop/environments/prod')).status, 200)
})

t.test('plugins are held against their schemas and against each other', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const patch = async (plugins: object): Promise<unknown> => (await admin('PATCH', '/api-gateways/shop/environments/dev', { config: { plugins } })).json
  t.match(await patch({ cors: { allowOrigins: ['*'], allowCredentials: true } }), { errors: [{ pointer: '/config/plugins/cors/allowCredentials' }] })
  t.match(await patch({ 'key-auth': {}, none: {} }), { errors: [{ pointer: '/config/plugins/none' }] })
  t.match(await patch({ 'limit-count': { count: 1, windowSeconds: 1, by: 'weather' } }), {
    errors: [{ pointer: '/config/plugins/limit-count/by', detail: 'must be "client" or "environment" or "route" or "address"' }]
  })
  t.match(await patch({ 'limit-count': { count: '1' } }), {
    errors: [{ pointer: '/config/plugins/limit-count/count', detail: 'must be a whole number' }]
  })
  t.match(await patch({ 'limit-count': { count: 1 } }), { errors: [{ pointer: '/config/plugins/limit-count/windowSeconds', detail: 'is required' }] })
  t.match(await patch({ 'limit-count': {} }), { errors: [{ pointer: '/config/plugins/limit-count/count' }, { pointer: '/config/plugins/limit-count/windowSeconds' }] })
  t.match(await patch({ 'limit-count': { by: 'route', limits: [{ name: 'quota', count: 1, windowSeconds: 1 }] } }), {
    errors: [{ pointer: '/config/plugins/limit-count/by' }, { pointer: '/config/plugins/limit-count/limits/0/name' }]
  })
  t.match(await patch({ magic: {} }), { errors: [{ pointer: '/config/plugins/magic', detail: 'is not a known field' }] })
  t.match(await admin('POST', '/api-gateways', { name: 'X', config: { plugins: { 'key-auth': {}, none: {} } } }), { status: 400, json: { errors: [{ pointer: '/config/plugins/none' }] } })
  t.equal(await store.revision(), 1)
})
