import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { StoreError, type Store } from '../../control-plane/store/store.ts'

t.test('every single resource has a tag that changes with it', async t => {
  const { admin } = await startControlPlane(t)
  const made = await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(made.headers, { etag: '"1"', 'x-imprun-revision': '1' })
  const read = await admin('GET', '/api-gateways/shop')
  t.equal(read.headers.etag, '"1"')
  const changed = await admin('PATCH', '/api-gateways/shop', { name: 'Shop 2' }, { 'if-match': '"1"' })
  t.match(changed.headers, { etag: '"2"', 'x-imprun-revision': '2' })
  for (const [path, body] of [
    ['/environments/dev/variables/A', { value: '1' }],
    ['/functions/f', { methods: ['GET'], path: '/', source: 'export default () => 1' }]
  ] as const) {
    const put = await admin('PUT', `/api-gateways/shop${path}`, body)
    t.match(put.headers, { etag: /^"\d+(?:-v[0-9a-f]{24})?"$/, 'x-imprun-revision': /^\d+$/ })
    t.equal((await admin('GET', `/api-gateways/shop${path}`)).headers.etag, put.headers.etag)
  }
})

t.test('a reader that has it gets 304', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const tags of ['"1"', 'W/"1"', '"7", "1"', '*']) {
    const answer = await admin('GET', '/api-gateways/shop', undefined, { 'if-none-match': tags })
    t.match(answer, { status: 304, text: '', headers: { etag: '"1"', 'content-type': undefined } }, tags)
  }
  t.equal((await admin('GET', '/api-gateways/shop', undefined, { 'if-none-match': '"2"' })).status, 200)
})

t.test('another default environment is another representation', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const { etag } = (await admin('GET', '/api-gateways/shop/environments/prod')).headers
  await admin('PATCH', '/api-gateways/shop', { defaultEnvironment: 'dev' })
  const after = await admin('GET', '/api-gateways/shop/environments/prod', undefined, { 'if-none-match': String(etag) })
  t.match(after, { status: 200, json: { domains: ['shop-prod.api.localhost'], default: false } })
})

t.test('If-Match that does not hold: 412, and nothing is written', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const environment = '/api-gateways/shop/environments/dev'
  const client = (await admin('POST', `${environment}/clients`, { name: 'Mobile' })).json as { id: string }
  const fn = { methods: ['GET'], path: '/', source: 'export default () => 1' }
  await admin('PUT', `${environment}/variables/A`, { value: '1' })
  await admin('PUT', '/api-gateways/shop/functions/f', fn)
  const before = await store.revision()
  for (const [method, path, body] of [
    ['PATCH', '/api-gateways/shop', { name: 'X' }],
    ['DELETE', '/api-gateways/shop', undefined],
    ['PATCH', environment, { config: {} }],
    ['DELETE', environment, undefined],
    ['PATCH', `${environment}/clients/${client.id}`, { name: 'X' }],
    ['POST', `${environment}/clients/${client.id}/regenerate-key`, {}],
    ['DELETE', `${environment}/clients/${client.id}`, undefined],
    ['PUT', `${environment}/variables/A`, { value: 'X' }],
    ['PUT', `${environment}/variables/NEW`, { value: 'X' }],
    ['DELETE', `${environment}/variables/A`, undefined],
    ['PUT', '/api-gateways/shop/functions/f', { ...fn, source: 'export default () => 2' }],
    ['DELETE', '/api-gateways/shop/functions/f', undefined]
  ] as const) {
    for (const ifMatch of ['"999"', '"998", W/"1"']) {
      t.match(await admin(method, path, body, { 'if-match': ifMatch }), { status: 412, json: { code: 'precondition_failed' } }, `${method} ${path} ${ifMatch}`)
    }
  }
  t.equal(await store.revision(), before)
})

t.test('lists of tags and * hold; what is no tag is refused', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'A' }, { 'if-match': '"0", "1"' }), { status: 200 })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'B' }, { 'if-match': '*' }), { status: 200 })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'C' }, { 'if-match': '3' }), { status: 400, json: { errors: [{ pointer: '/headers/if-match' }] } })
  t.match(await admin('GET', '/api-gateways/shop', undefined, { 'if-none-match': '"3' }), { status: 400, json: { code: 'malformed_request' } })
})

t.test('If-None-Match: * makes and never replaces', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const put = async (value: string): Promise<number> =>
    (await admin('PUT', '/api-gateways/shop/environments/dev/variables/A', { value }, { 'if-none-match': '*' })).status
  t.equal(await put('1'), 201)
  t.equal(await put('2'), 412)
  t.match((await admin('GET', '/api-gateways/shop/environments/dev/variables/A')).json, { value: '1' })
})

/** Lets somebody else write between the reading and the writing, as often as told. */
function interfered (times: number): (store: Store) => Store {
  let left = times
  return store => ({
    ...store,
    replaceGateway: async (gateway, expectedRevision) => {
      if (left-- > 0) {
        const current = await store.getGateway(gateway.id)
        await store.replaceGateway({ ...current!, description: `interference ${left}` }, current!.revision)
      }
      return await store.replaceGateway(gateway, expectedRevision)
    }
  })
}

t.test('without If-Match a write is repeated until nobody interferes, and keeps what they wrote', async t => {
  const { admin } = await startControlPlane(t, { wrapStore: interfered(3) })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'Mine' }), { status: 200, json: { name: 'Mine', description: 'interference 0' } })
})

t.test('with If-Match the first interference ends it', async t => {
  const { admin, store } = await startControlPlane(t, { wrapStore: interfered(1) })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'Mine' }, { 'if-match': '"1"' }), { status: 412 })
  t.match(await store.getGateway('shop'), { name: 'Shop', description: 'interference 0' })
})

t.test('somebody who never stops ends it, too', async t => {
  const { admin } = await startControlPlane(t, {
    wrapStore: store => ({ ...store, replaceGateway: async () => { throw new StoreError('revision_mismatch', 'always') } })
  })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('PATCH', '/api-gateways/shop', { name: 'Mine' }), { status: 409, json: { code: 'conflict' } })
})

t.test('many writers at once: every one of them is heard', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const plugins = [{ cors: { allowOrigins: ['*'] } }, { 'limit-count': { count: 1, windowSeconds: 1 } }, { 'key-auth': {} }]
  await Promise.all(plugins.map(async plugin => await admin('PATCH', '/api-gateways/shop', { config: { plugins: plugin } })))
  t.match((await admin('GET', '/api-gateways/shop')).json, { config: { plugins: Object.assign({}, ...plugins) as object } })
})
