import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const upstreams = '/api-gateways/shop/environments/dev/upstreams'
const proxied = { methods: ['GET'], path: '/orders/:id', upstream: { name: 'orders' } }

t.test('upstreams are put, read, replaced and removed, and reach the data planes', async t => {
  const { admin, url, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('PUT', `${upstreams}/orders`, { url: 'https://Orders.example.com:443/base/' })
  t.match(made, { status: 201, headers: { etag: '"2"', 'x-imprun-revision': '2' } })
  t.strictSame(made.json, {
    name: 'orders',
    url: 'https://orders.example.com/base',
    timeouts: { connectMs: 5_000, firstByteMs: 30_000, totalMs: 120_000, idleMs: 120_000 },
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z'
  })
  clock.advance(1)
  t.match(await admin('PUT', `${upstreams}/orders`, { url: 'http://10.1.2.3:8080', timeouts: { totalMs: 1_000 } }, { 'if-match': '"2"' }), {
    status: 200, json: { url: 'http://10.1.2.3:8080', timeouts: { connectMs: 5_000, totalMs: 1_000 }, updatedAt: '2030-01-01T00:00:00.001Z' }
  })
  t.match(await admin('PUT', `${upstreams}/orders`, { url: 'http://a' }, { 'if-match': '"2"' }), { status: 412, json: { code: 'precondition_failed' } })
  await admin('PUT', `${upstreams}/a-b2`, { url: 'http://[::1]:3000' })
  t.match((await admin('GET', upstreams)).json, { items: [{ name: 'a-b2' }, { name: 'orders' }], nextCursor: null })
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.strictSame(feed.flatMap(message => message.type === 'environment' && message.environment === 'dev' ? [message.value?.upstreams?.orders] : []), [
    { url: 'http://10.1.2.3:8080', timeouts: { connectMs: 5_000, firstByteMs: 30_000, totalMs: 1_000, idleMs: 120_000 } }
  ])
  t.match(await admin('DELETE', `${upstreams}/orders`, undefined, { 'if-match': '"2"' }), { status: 412 })
  t.equal((await admin('DELETE', `${upstreams}/orders`)).status, 204)
  t.match(await admin('GET', `${upstreams}/orders`), { status: 404, json: { code: 'upstream_not_found' } })
  t.match(await admin('GET', '/api-gateways/shop/environments/nope/upstreams'), { status: 404, json: { code: 'environment_not_found' } })
})

t.test('names, URLs and time-outs have bounds', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const name of ['__proto__', 'Orders', 'a--b', '-a', 'a-', '1a', 'a'.repeat(41)]) {
    t.match(await admin('PUT', `${upstreams}/${name}`, { url: 'http://a' }), { status: 400, json: { errors: [{ pointer: '/params/upstreamName' }] } }, name)
  }
  const urls = [
    7, '', 'orders', 'ftp://a', 'http://', 'http://a:99999', 'http://u@a', 'http://u:p@a', 'http://a?', 'http://a/?q', 'http://a#', 'http://a//b',
    'http://a\tb', 'http://a b', 'http://ä', `http://a/${'x'.repeat(1_000)}`
  ]
  for (const url of urls) t.match(await admin('PUT', `${upstreams}/a`, { url }), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/url' }] } }, String(url))
  for (const timeouts of [{ connectMs: 0 }, { firstByteMs: 600_001 }, { totalMs: 1.5 }, { other: 1 }]) {
    t.match(await admin('PUT', `${upstreams}/a`, { url: 'http://a', timeouts }), { status: 400, json: { errors: [{ pointer: `/timeouts/${Object.keys(timeouts)[0]}` }] } })
  }
  t.equal(await store.revision(), 1)
})

t.test('an environment holds a hundred of them', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (let n = 0; n < 100; n++) await admin('PUT', `${upstreams}/u${n}`, { url: 'http://a' })
  t.match(await admin('PUT', `${upstreams}/u100`, { url: 'http://a' }), { status: 409, json: { code: 'upstream_limit_reached' } })
  t.equal((await admin('PUT', `${upstreams}/u99`, { url: 'http://b' })).status, 200)
})

t.test('what routes go to is not taken away under them', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${upstreams}/orders`, { url: 'http://a' })
  await admin('PUT', '/api-gateways/shop/functions/get-order', proxied)
  t.match(await admin('DELETE', `${upstreams}/orders`), { status: 409, json: { code: 'upstream_in_use', detail: '"get-order" goes to it in release 1 of dev.' } })
  await admin('DELETE', '/api-gateways/shop/functions/get-order')
  t.equal((await admin('DELETE', `${upstreams}/orders`)).status, 204)
})
