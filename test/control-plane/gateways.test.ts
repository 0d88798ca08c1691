import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

t.test('a gateway is made with its three environments, read, listed and deleted with all that is in it', async t => {
  const { admin, store } = await startControlPlane(t)
  const made = await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop', description: 'Sells things' })
  t.equal(made.status, 201)
  t.equal(made.headers.location, '/v1/api-gateways/shop')
  t.strictSame(made.json, {
    id: 'shop',
    name: 'Shop',
    description: 'Sells things',
    domain: 'shop.api.localhost',
    environments: ['dev', 'staging', 'prod'],
    defaultEnvironment: 'prod',
    config: { plugins: {} },
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z'
  })
  t.strictSame((await admin('GET', '/api-gateways/shop')).json, made.json)
  t.strictSame((await admin('GET', '/api-gateways')).json, { items: [made.json], nextCursor: null })
  t.match((await admin('GET', '/api-gateways/shop/environments')).json, { items: [{ name: 'dev' }, { name: 'prod' }, { name: 'staging' }] })

  t.equal((await admin('POST', '/api-gateways/shop/environments/dev/clients', { name: 'Mobile' })).status, 201)
  const deleted = await admin('DELETE', '/api-gateways/shop')
  t.equal(deleted.status, 204)
  t.equal(deleted.text, '')
  t.equal(deleted.headers['x-imprun-revision'], '3')
  t.match(await admin('GET', '/api-gateways/shop'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.match(await admin('GET', '/api-gateways/shop/environments/dev/clients'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.equal(await store.getEnvironment('shop', 'dev'), null)
})

t.test('an id may be chosen once', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('POST', '/api-gateways', { id: 'shop', name: 'Another' }), {
    status: 409, json: { code: 'api_gateway_exists', errors: [{ pointer: '/id' }] }
  })
  t.equal(await store.revision(), 1)
})

t.test('an id is made where none is chosen: ten characters that are never mistaken for others', async t => {
  const { admin } = await startControlPlane(t)
  for (let i = 0; i < 20; i++) {
    const made = await admin('POST', '/api-gateways', { name: 'Generated' })
    t.match(made.json, { id: /^[bcdfghjkmnpqrstvwxz][bcdfghjkmnpqrstvwxz2-9]{9}$/ })
  }
})

t.test('the default environment can be another one of the gateway\'s, and nothing else', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev')).json, { default: false, domains: ['shop-dev.api.localhost'] })
  t.match((await admin('PATCH', '/api-gateways/shop', { defaultEnvironment: 'dev' })).json, { defaultEnvironment: 'dev' })
  t.match((await admin('GET', '/api-gateways/shop/environments/dev')).json, {
    default: true, domain: 'shop-dev.api.localhost', domains: ['shop-dev.api.localhost', 'shop.api.localhost']
  })
  t.match(await admin('PATCH', '/api-gateways/shop', { defaultEnvironment: 'test' }), {
    status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/defaultEnvironment', detail: 'must be one of dev, staging, prod' }] }
  })
})
