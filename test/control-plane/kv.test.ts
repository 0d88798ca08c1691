import t from 'tap'
import { kvLimits } from '#shared/kv.ts'
import { startControlPlane } from '../support/control-plane.ts'

const kv = '/api-gateways/shop/environments/dev/kv'

t.test('an owner keeps, reads, replaces and removes what functions see, and it makes no revision', async t => {
  const { admin, clock, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('PUT', `${kv}/flags`, { value: { beta: [true, null, 'ü'] } })
  t.match(made, { status: 201, headers: { etag: '"1"', 'content-type': 'application/json; charset=utf-8' } })
  t.notOk('x-imprun-revision' in made.headers)
  t.strictSame(made.json, { key: 'flags', value: { beta: [true, null, 'ü'] }, version: 1, expiresAt: null })
  t.match(await admin('PUT', `${kv}/flags`, { value: 0, ttlSeconds: 1.5 }), { status: 200, headers: { etag: '"2"' }, json: { value: 0, version: 2, expiresAt: '2030-01-01T00:00:01.500Z' } })
  t.strictSame((await admin('GET', `${kv}/flags`)).json, { key: 'flags', value: 0, version: 2, expiresAt: '2030-01-01T00:00:01.500Z' })
  t.equal((await admin('GET', `${kv}/flags`, undefined, { 'if-none-match': '"2"' })).status, 304)
  t.match(await store.applyKv([{ gatewayId: 'shop', environment: 'dev', operation: { op: 'get', key: 'flags' } }]), [{ result: { value: '0', version: 2 } }])
  clock.advance(1_500)
  t.match(await admin('GET', `${kv}/flags`), { status: 404, json: { code: 'kv_entry_not_found' } })
  await admin('PUT', `${kv}/flags`, { value: null })
  t.equal((await admin('DELETE', `${kv}/flags`)).status, 204)
  t.match(await admin('DELETE', `${kv}/flags`), { status: 404, json: { code: 'kv_entry_not_found' } })
  t.equal(await store.revision(), 1)
})

t.test('nobody overwrites what he has not seen', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.match(await admin('PUT', `${kv}/a`, { value: 1 }, { 'if-match': '"1"' }), { status: 412, json: { code: 'precondition_failed' } })
  t.equal((await admin('PUT', `${kv}/a`, { value: 1 }, { 'if-none-match': '*' })).status, 201)
  t.match(await admin('PUT', `${kv}/a`, { value: 2 }, { 'if-none-match': '*' }), { status: 412, headers: { etag: '"1"' } })
  t.equal((await admin('PUT', `${kv}/a`, { value: 2 }, { 'if-match': '"1"' })).status, 200)
  t.match(await admin('DELETE', `${kv}/a`, undefined, { 'if-match': '"1"' }), { status: 412, headers: { etag: '"2"' } })
  t.equal((await admin('DELETE', `${kv}/a`, undefined, { 'if-match': '"2"' })).status, 204)
  const outcomes = await Promise.all(Array.from({ length: 8 }, async (_value, n) => await admin('PUT', `${kv}/race`, { value: n }, { 'if-none-match': '*' })))
  t.equal(outcomes.filter(({ status }) => status === 201).length, 1)
})

t.test('any key that is one can be named, and no other', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const keys = ['__proto__', 'constructor', 'a/b', 'a b', '%41', 'ü', '€'.repeat(170), 'x'.repeat(kvLimits.keyBytes), '"\\', '\u{1f600}']
  for (const key of keys) t.match(await admin('PUT', `${kv}/${encodeURIComponent(key)}`, { value: key }), { status: 201, json: { key } }, key)
  const listed = await admin('GET', kv)
  t.strictSame((listed.json as { items: Array<{ key: string }> }).items.map(({ key }) => key).sort(), keys.toSorted())
  for (const key of ['%00', 'a%0Ab', '%C2%85', 'x'.repeat(kvLimits.keyBytes + 1), encodeURIComponent('€'.repeat(171))]) {
    t.match(await admin('PUT', `${kv}/${key}`, { value: 0 }), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/params/key' }] } }, key)
    t.match(await admin('GET', `${kv}/${key}`), { status: 400 }, key)
  }
  t.match(await admin('GET', '/api-gateways/shop/environments/nope/kv'), { status: 404, json: { code: 'environment_not_found' } })
  t.match(await admin('GET', '/api-gateways/nope/environments/dev/kv/a'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.match(await admin('PUT', '/api-gateways/shop/environments/nope/kv/a', { value: 0 }), { status: 404, json: { code: 'environment_not_found' } })
})

t.test('values, times to live and lists have bounds', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const bad: Array<[body: unknown, pointer: string]> = [
    [{}, '/value'], [{ value: 'x'.repeat(kvLimits.valueBytes - 1) }, '/value'], [{ value: 'é'.repeat(32_768) }, '/value'], [{ value: 1, ttl: 1 }, '/ttl'],
    [{ value: 1, ttlSeconds: 0.9 }, '/ttlSeconds'], [{ value: 1, ttlSeconds: kvLimits.maxTtlSeconds + 1 }, '/ttlSeconds'], [{ value: 1, ttlSeconds: '5' }, '/ttlSeconds']
  ]
  for (const [body, pointer] of bad) t.match(await admin('PUT', `${kv}/a`, body), { status: 400, json: { errors: [{ pointer }] } }, pointer)
  t.equal((await admin('PUT', `${kv}/a`, { value: 'x'.repeat(kvLimits.valueBytes - 2), ttlSeconds: kvLimits.maxTtlSeconds })).status, 201)
  for (const query of ['limit=0', `limit=${kvLimits.listKeys + 1}`, 'cursor=%21', 'cursor=AA', 'prefix=%00', `prefix=${'x'.repeat(513)}`, 'other=1']) {
    t.match(await admin('GET', `${kv}?${query}`), { status: 400, json: { code: 'validation_failed' } }, query)
  }
})

t.test('keys are listed by prefix, page by page', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const key of ['user:ü', 'user:1', 'other', 'user:2']) await admin('PUT', `${kv}/${encodeURIComponent(key)}`, { value: 0 })
  const pages: unknown[] = []
  for (let cursor = ''; ;) {
    const { json } = await admin('GET', `${kv}?prefix=user:&limit=2${cursor}`)
    const { items, nextCursor } = json as { items: unknown[], nextCursor: string | null }
    pages.push(items)
    if (nextCursor === null) break
    cursor = `&cursor=${nextCursor}`
  }
  t.strictSame(pages, [[{ key: 'user:1', expiresAt: null }, { key: 'user:2', expiresAt: null }], [{ key: 'user:ü', expiresAt: null }]])
})

t.test('a store that is full says so', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const value = JSON.stringify('x'.repeat(60_000))
  await store.applyKv(Array.from({ length: 280 }, (_value, n) => ({ gatewayId: 'shop', environment: 'dev', operation: { op: 'set', key: `large${n}`, value, ttlSeconds: null } })))
  t.match(await admin('PUT', `${kv}/one-more`, { value: 'x'.repeat(60_000) }), {
    status: 409, json: { code: 'kv_limit_exceeded', detail: `The key-value store of an environment has at most ${kvLimits.totalBytes} bytes.` }
  })
})
