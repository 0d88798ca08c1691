import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const variables = '/api-gateways/shop/environments/dev/variables'

t.test('variables are set, read, replaced and removed, and reach the data planes', async t => {
  const { admin, url, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('PUT', `${variables}/API_URL`, { value: 'https://example.com/ü\n' })
  t.match(made, { status: 201, headers: { etag: '"2"', 'x-imprun-revision': '2' } })
  t.strictSame(made.json, {
    name: 'API_URL',
    value: 'https://example.com/ü\n',
    secret: false,
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z'
  })
  clock.advance(1)
  t.match(await admin('PUT', `${variables}/API_URL`, { value: '' }), {
    status: 200, json: { value: '', createdAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.001Z' }
  })
  await admin('PUT', `${variables}/constructor`, { value: 'c' })
  t.match((await admin('GET', variables)).json, { items: [{ name: 'API_URL' }, { name: 'constructor' }], nextCursor: null })
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.strictSame(feed.flatMap(message => message.type === 'environment' && message.environment === 'dev' ? [message.value?.variables] : []), [{ API_URL: '', constructor: 'c' }])

  t.equal((await admin('DELETE', `${variables}/API_URL`)).status, 204)
  t.match(await admin('GET', `${variables}/API_URL`), { status: 404, json: { code: 'variable_not_found' } })
  t.match(await admin('PUT', '/api-gateways/shop/environments/nope/variables/A', { value: '' }), { status: 404, json: { code: 'environment_not_found' } })
})

t.test('names and values have bounds', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const name of ['__proto__', '1A', 'A-B', 'A%20B', 'A'.repeat(65)]) {
    t.match(await admin('PUT', `${variables}/${name}`, { value: '' }), { status: 400, json: { errors: [{ pointer: '/params/variableName' }] } }, name)
  }
  for (const value of [7, null, 'x'.repeat(32_769), 'ü'.repeat(16_385), undefined]) {
    t.match(await admin('PUT', `${variables}/A`, { value }), { status: 400, json: { errors: [{ pointer: '/value' }] } })
  }
  t.equal(await store.revision(), 1)
  t.equal((await admin('PUT', `${variables}/A`, { value: 'ü'.repeat(16_384) })).status, 201)
})

t.test('an environment holds a hundred of them', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (let n = 0; n < 100; n++) await admin('PUT', `${variables}/V${n}`, { value: '' })
  t.match(await admin('PUT', `${variables}/V100`, { value: '' }), { status: 409, json: { code: 'variable_limit_reached' } })
  t.equal((await admin('PUT', `${variables}/V99`, { value: 'changed' })).status, 200)
})
