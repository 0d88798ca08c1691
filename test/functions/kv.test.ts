import t from 'tap'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'
import { startStoreKv } from '../support/kv.ts'

const kv = await startStoreKv(t)
const { call } = await startFunctions(t, { kv })

/** Calls a function whose body this is. */
async function run (body: string, overrides: Parameters<typeof makeFunction>[1] = {}): Promise<unknown> {
  return bodyJson(await call(await makeFunction(`export default async ({ kv }) => Response.json(await (async () => { ${body} })())`, overrides)))
}

t.test('values are any JSON, and what is not there is null', async t => {
  const values = [null, 0, -0.5, 'tëxt \ud83d\ude00', '', true, [], [1, [2]], {}, { a: { b: null } }]
  t.strictSame(await run(`
    const values = ${JSON.stringify(values)}
    const seen = [await kv.get('nothing'), await kv.set('key', 1) === undefined]
    for (const value of values) { await kv.set('key', value); seen.push(await kv.get('key')) }
    return seen
  `), [null, true, ...values])
  t.equal(await run('await kv.set("odd", JSON.parse(`{"__proto__":{"a":1}}`)); return JSON.stringify(await kv.get("odd"))'), '{"__proto__":{"a":1}}')
  t.equal(await run('await kv.set("half", "\\ud800"); return (await kv.get("half")) === "\\ud800"'), true)
  t.strictSame(await run('await kv.set("dates", { at: new Date(0), f () {}, u: undefined }); return kv.get("dates")'), { at: '1970-01-01T00:00:00.000Z' }, 'as JSON.stringify sees it')
})

t.test('an entry says its version and when it expires', async t => {
  t.strictSame(await run(`
    const versions = []
    for (const value of [1, 2]) { await kv.set('entry', value); versions.push((await kv.getEntry('entry')).version) }
    await kv.set('entry', 'x', { ttlSeconds: 10 })
    const { value, expiresAt } = await kv.getEntry('entry')
    return [versions[1] === versions[0] + 1, value, expiresAt, await kv.getEntry('nothing')]
  `), [true, 'x', '2030-01-01T00:00:10.000Z', null])
  kv.clock.advance(10_000)
  t.equal(await run('return kv.get("entry")'), null)
})

t.test('delete says whether there was something', async t => {
  t.strictSame(await run('await kv.set("d", 1); return [await kv.delete("d"), await kv.delete("d"), await kv.get("d")]'), [true, false, null])
})

t.test('increments count', async t => {
  t.strictSame(await run('return [await kv.increment("n"), await kv.increment("n", 10), await kv.increment("n", -1), await kv.get("n")]'), [1, 11, 10, 10])
  t.strictSame(await run(`
    await kv.set('n', 'text')
    try { await kv.increment('n') } catch (error) { return [error instanceof Error, error.name, error.code, error.message] }
  `), [true, 'Error', 'kv_type_mismatch', 'The value under this key is not an integer, and cannot be incremented.'])
  t.strictSame(await run('await kv.increment("limited", 1, { ttlSeconds: 5 }); await kv.increment("limited", 1, { ttlSeconds: 60 }); return (await kv.getEntry("limited")).expiresAt'), '2030-01-01T00:00:15.000Z')
})

t.test('compareAndSet is for one of those who have read the same', async t => {
  t.strictSame(await run(`
    const first = await kv.compareAndSet('c', null, 'a')
    const [won, lost, late] = [await kv.compareAndSet('c', first, 'b'), await kv.compareAndSet('c', first, 'c'), await kv.compareAndSet('c', null, 'd')]
    return [typeof first, won > first, lost, late, await kv.get('c'), (await kv.getEntry('c')).version === won]
  `), ['number', true, null, null, 'b', true])
})

t.test('keys are listed by prefix and page', async t => {
  t.strictSame(await run(`
    for (const key of ['user:2', 'user:1', 'users', '__proto__', 'constructor', 'user:3']) await kv.set(key, 0)
    const pages = []
    for (let cursor; cursor !== null;) { const page = await kv.list({ prefix: 'user:', limit: 2, cursor }); pages.push(page.keys.map(({ key }) => key)); cursor = page.cursor }
    const odd = await kv.list({ prefix: '__', limit: 1 })
    return [pages, odd, (await kv.list()).keys.map(({ key }) => key).includes('constructor')]
  `), [[['user:1', 'user:2'], ['user:3']], { keys: [{ key: '__proto__', expiresAt: null }], cursor: null }, true])
})

t.test('operations that are begun together are carried out in their order', async t => {
  t.strictSame(await run(`
    const all = []
    for (let n = 0; n < 200; n++) all.push(kv.set('o', n), kv.get('o'))
    const seen = await Promise.all(all)
    return seen.filter((value, index) => index % 2 === 1).every((value, index) => value === index)
  `), true)
})

t.test('functions of an environment share it, and nobody else sees it', async t => {
  await run('await kv.set("mine", "dev"); return null')
  t.equal(await run('return kv.get("mine")', { functionName: 'another' }), 'dev')
  t.equal(await run('return kv.get("mine")', { environment: 'prod' }), null)
  t.equal(await run('return kv.get("mine")', { gatewayId: 'other' }), null)
  t.strictSame(kv.requests.slice(-2).map(({ gatewayId, environment }) => [gatewayId, environment]), [['shop', 'prod'], ['other', 'dev']])
  t.match(await run('return kv.get("mine").catch(error => ({ code: error.code }))', { environment: 'gone' }), { code: 'kv_unavailable' })
})
