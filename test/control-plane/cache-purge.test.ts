import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

t.test('purges are written where data planes see them, and other writes leave them alone', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const place = '/api-gateways/shop/environments/prod'
  const before = await admin('GET', place)
  const purged = await admin('POST', `${place}/cache/purge`, { paths: ['/a', '/products/*'], tags: ['x'] })
  t.match(purged, { status: 204, headers: { 'x-imprun-revision': '2' } })
  t.match(await admin('GET', place), { headers: { etag: before.headers.etag } }, 'it is no change of its settings')
  await admin('PATCH', place, { config: { plugins: { cache: {} } } })
  t.match(await store.getEnvironment('shop', 'prod'), { cachePurges: { last: 1, floor: 0, recent: [{ number: 1, paths: ['/a', '/products/*'], tags: ['x'] }] } })
  t.equal((await admin('POST', `${place}/cache/purge?wait=applied`, { all: true })).status, 204)
  t.match(await store.getEnvironment('shop', 'prod'), { config: { plugins: { cache: {} } }, cachePurges: { last: 2, floor: 2, recent: [] } })
})

t.test('what is no purge is refused', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const purge = async (body: object, place = 'shop/environments/prod') => await admin('POST', `/api-gateways/${place}/cache/purge`, body)
  for (const body of [{}, { paths: [] }, { paths: ['a'] }, { paths: ['/a b'] }, { tags: ['a,b'] }, { all: false }, { all: true, tags: ['a'] }, { paths: Array.from({ length: 101 }, () => '/a') }, { urls: ['/a'] }]) {
    t.match(await purge(body), { status: 400, json: { code: 'validation_failed' } }, JSON.stringify(body).slice(0, 50))
  }
  t.match(await purge({ all: true }, 'nope/environments/prod'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.match(await purge({ all: true }, 'shop/environments/nope'), { status: 404, json: { code: 'environment_not_found' } })
})
