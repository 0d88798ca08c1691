import t from 'tap'
import { bodyJson, bodyText, makeCall, makeFunction, startFunctions } from '../support/functions.ts'

const { call, runner } = await startFunctions(t)

t.test('a function finds the request and its surroundings in its context', async t => {
  const fn = await makeFunction(`export default (ctx) => ({
    method: ctx.method, path: ctx.path, params: ctx.params, query: ctx.query, headers: ctx.headers, body: ctx.body, client: ctx.client,
    gateway: ctx.gateway, environment: ctx.environment, env: ctx.env, requestId: ctx.requestId
  })`, { variables: { GREETING: 'hallo' } })
  const result = await call(fn, {
    requestId: 'req-7',
    method: 'PUT',
    path: '/users/7',
    params: { id: 'sieben ✓' },
    query: 'full=1&tag=a&tag=b+c&tag=%C3%A9&flag&bad=%zz&__proto__=x',
    headers: { accept: 'text/plain', 'set-cookie': ['a=1', 'b=2'], 'content-type': undefined },
    client: { id: 'c1', name: 'Mobile' }
  })
  t.strictSame(bodyJson(result), JSON.parse(`{
    "method": "PUT", "path": "/users/7", "params": { "id": "sieben ✓" },
    "query": { "full": "1", "tag": ["a", "b c", "é"], "flag": "", "bad": "%zz", "__proto__": "x" },
    "headers": { "accept": "text/plain", "set-cookie": ["a=1", "b=2"] }, "body": null,
    "client": { "id": "c1", "name": "Mobile" }, "gateway": { "id": "shop", "name": "Shop" }, "environment": "dev",
    "env": { "GREETING": "hallo" }, "requestId": "req-7"
  }`))
})

t.test('a function finds who calls, and how that is known', async t => {
  const fn = await makeFunction(`export default (ctx) => {
    const { auth } = ctx
    return { auth, again: ctx.auth === auth, accept: ctx.headers.accept, key: auth && Object.keys(auth.claims ?? {}) }
  }`)
  t.strictSame(bodyJson(await call(fn)), { auth: null, again: true, key: null })
  const byKey = { method: 'key-auth' as const, scopes: ['orders:read'], claims: null }
  t.strictSame(bodyJson(await call(fn, { auth: byKey, headers: { accept: 'a/b' } })), { auth: byKey, again: true, accept: 'a/b', key: [] })
  const claims = JSON.parse('{"sub":"line\\nfeed \u2028 ✓","roles":["a",{"b":null}],"__proto__":{"admin":true},"exp":1.5}') as Record<string, unknown>
  const { auth, key } = bodyJson(await call(fn, { auth: { method: 'jwt-auth', scopes: [], claims } })) as { auth: object, key: string[] }
  t.equal(JSON.stringify(auth), JSON.stringify({ method: 'jwt-auth', scopes: [], claims }))
  t.strictSame(key, ['sub', 'roles', '__proto__', 'exp'])
})

t.test('variables cannot be changed for the calls that follow', async t => {
  const fn = await makeFunction(`export default (ctx) => {
    try { ctx.env.A = 'changed' } catch { return 'refused' } finally { return ctx.env.A }
  }`, { variables: { A: 'as it was' } })
  t.equal(bodyText(await call(fn)), 'as it was')
})

t.test('a call has fields of its own, also when it is destructured', async t => {
  const fn = await makeFunction('export default async ({ requestId, params: { id } }) => { await null; return `${requestId} ${id}` }')
  const results = await Promise.all(['a', 'b', 'c'].map(async id => await call(fn, { requestId: `req-${id}`, params: { id } })))
  t.strictSame(results.map(bodyText), ['req-a a', 'req-b b', 'req-c c'])
  t.equal(bodyText(await runner.call(fn, makeCall({ params: { id: 'd' } }))), 'req-1 d')
})
