import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { mergePatch } from '#shared/merge-patch.ts'

t.test('the examples of RFC 7396, appendix A', async t => {
  const examples: Array<[target: unknown, patch: unknown, result: unknown]> = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a', 'b'], ['c', 'd'], ['c', 'd']],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
  ]
  for (const [target, patch, result] of examples) t.strictSame(mergePatch(target, patch), result, JSON.stringify([target, patch]))
})

t.test('a member called __proto__ is data', async t => {
  const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}')) as Record<string, unknown>
  t.ok(Object.hasOwn(merged, '__proto__'))
  t.equal(Object.getPrototypeOf(merged), Object.prototype)
  t.equal(merged.polluted, undefined)
  t.equal(({} as Record<string, unknown>).polluted, undefined)
})

t.test('a patch sets, unsets and leaves alone', async t => {
  const { admin, clock } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop', description: 'Old', config: { plugins: { cors: { allowOrigins: ['*'] }, 'key-auth': {} } } })
  clock.advance(5)
  const patch = { description: null, config: { plugins: { cors: { maxAgeSeconds: 60 }, 'key-auth': null } } }
  const patched = await admin('PATCH', '/api-gateways/shop', patch, { 'content-type': 'application/merge-patch+json' })
  t.match(patched, { status: 200, json: { name: 'Shop', description: '', createdAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.005Z' } })
  t.strictSame((patched.json as { config: unknown }).config, {
    plugins: { cors: { allowOrigins: ['*'], maxAgeSeconds: 60, allowCredentials: false } }
  })
  t.strictSame((await admin('GET', '/api-gateways/shop')).json, patched.json)
  t.match((await admin('PATCH', '/api-gateways/shop', { config: null })).json, { config: { plugins: {} } })
})

t.test('the patched whole is validated: read-only and unknown fields, and what is required', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const refused: Array<[patch: unknown, pointer: string]> = [
    [{ id: 'other' }, '/id'],
    [{ createdAt: '2020-01-01T00:00:00Z' }, '/createdAt'],
    [{ environments: ['dev'] }, '/environments'],
    [{ revision: 7 }, '/revision'],
    [{ name: null }, '/name'],
    [{ name: 7 }, '/name'],
    [{ config: { plugins: { cors: { allowOrigins: [] } } } }, '/config/plugins/cors/allowOrigins'],
    [[], ''],
    ['text', ''],
    [null, '']
  ]
  for (const [patch, pointer] of refused) {
    t.match(await admin('PATCH', '/api-gateways/shop', patch), { status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } }, JSON.stringify(patch))
  }
  t.equal(await store.revision(), 1)
})
