import t, { type Test } from 'tap'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type TestEdge, type TestFunction } from '../support/edge.ts'

const host = 'shop.api.localhost'
const plugins = { 'served-by': {} }
const tellVersion: TestFunction = (_call, fn) => ({ status: 200, headers: [], body: fn.versionId })

async function startWithClients (t: Test, count: number): Promise<{ edge: TestEdge, keys: string[] }> {
  const edge = await startEdge(t, { functions: { hello: tellVersion } })
  serve(edge, { plugins })
  return { edge, keys: Array.from({ length: count }, (_, n) => edge.addClient('shop', 'prod', `client${n}`)) }
}

/** Who meets which release, in the order of the keys. */
async function releases (edge: TestEdge, keys: string[], headers: Record<string, string> = {}): Promise<number[]> {
  return await Promise.all(keys.map(async key => {
    const { text, headers: answered } = await edge.traffic(host, '/hello', { key, headers })
    const number = Number(answered['x-imprun-release'])
    if (text !== `v${number}`) throw new Error(`the answer says ${text}, its header release ${number}`)
    return number
  }))
}

t.test('each client meets one release, and a greater weight keeps those who meet the canary', async t => {
  const { edge, keys } = await startWithClients(t, 60)
  const met: Array<Set<string>> = []
  for (const weight of [0, 25, 50, 75, 100]) {
    serve(edge, { plugins, canary: canaryOf(2, weight) })
    const once = await releases(edge, keys)
    t.strictSame(await releases(edge, keys), once, 'again the same')
    met.push(new Set(keys.filter((_, n) => once[n] === 2)))
  }
  t.strictSame(met.map((now, n) => met[n - 1]?.isSubsetOf(now) ?? true), [true, true, true, true, true])
  t.equal(met[0]!.size, 0)
  t.ok(met[2]!.size > 10 && met[2]!.size < 50, `at 50 % there were ${met[2]!.size} of 60`)
  t.equal(met[4]!.size, 60)
})

t.test('another canary meets other clients', async t => {
  const { edge, keys } = await startWithClients(t, 60)
  serve(edge, { plugins, canary: canaryOf(2, 50) })
  const first = await releases(edge, keys)
  serve(edge, { plugins, canary: canaryOf(3, 50) })
  const second = await releases(edge, keys)
  const both = keys.filter((_, n) => first[n] === 2 && second[n] === 3)
  const none = keys.filter((_, n) => first[n] === 1 && second[n] === 1)
  t.ok(both.length > 0 && none.length > 0 && both.length + none.length < 60)
})

t.test('a header decides before the weight does, where the canary has one', async t => {
  const { edge, keys } = await startWithClients(t, 10)
  serve(edge, { plugins, canary: canaryOf(2, 0, 'x-try') })
  t.strictSame(new Set(await releases(edge, keys, { 'X-Try': 'always' })), new Set([2]))
  serve(edge, { plugins, canary: canaryOf(2, 100, 'x-try') })
  t.strictSame(new Set(await releases(edge, keys, { 'x-try': 'never' })), new Set([1]))
  for (const value of ['Always', 'true', '', 'never, always', '1']) {
    t.strictSame(new Set(await releases(edge, keys, { 'x-try': value })), new Set([2]), `${JSON.stringify(value)} is no opinion`)
  }
  serve(edge, { plugins, canary: canaryOf(2, 0) })
  t.strictSame(new Set(await releases(edge, keys, { 'x-try': 'always' })), new Set([1]), 'a header that nobody has named')
})

t.test('where nobody is authenticated an address meets one release', async t => {
  const edge = await startEdge(t, { functions: { hello: tellVersion } })
  serve(edge, { plugins: { none: {} }, canary: canaryOf(2, 50) })
  const ask = async (remoteAddress: string): Promise<string> => (await edge.traffic(host, '/hello', { headers: { 'x-forwarded-for': remoteAddress } })).text
  const addresses = Array.from({ length: 40 }, (_, n) => `192.0.2.${n}`)
  const met = await Promise.all(addresses.map(ask))
  t.strictSame(new Set(met), new Set(['v1', 'v2']))
  t.strictSame(await Promise.all(addresses.map(ask)), met)
  t.equal(await ask('2001:db8:0:1::1'), await ask('2001:db8:0:1:ffff::2'), 'an IPv6 address with its /64')
})

t.test('a request ends under the release under which it began', async t => {
  const called = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      hello: async (call, fn, cancellation) => {
        called.resolve()
        await end.promise
        return tellVersion(call, fn, cancellation)
      }
    }
  })
  serve(edge, { plugins: { none: {}, ...plugins }, canary: canaryOf(2, 100) })
  const answer = edge.traffic(host, '/hello')
  await called.promise
  serve(edge, { plugins: { none: {}, ...plugins } })
  end.resolve()
  t.match(await answer, { status: 200, text: 'v2', headers: { 'x-imprun-release': '2' } })
  t.match(await edge.entry(), { release: 2, versionId: 'v2' })
  t.match(await edge.traffic(host, '/hello'), { text: 'v1', headers: { 'x-imprun-release': '1' } })
})

t.test('routes are those of the release that was chosen, and what is refused before is the environment\'s own', async t => {
  const { edge, keys: [key] } = await startWithClients(t, 1)
  serve(edge, { plugins, canary: { release: releaseOf(2, [{ path: '/new' }]), weight: 100, header: null } })
  t.match(await edge.traffic(host, '/new', { key: key! }), { status: 200, text: 'v2' })
  t.match(await edge.traffic(host, '/hello', { key: key! }), { status: 404, headers: { 'x-imprun-release': '2' } })
  t.match(await edge.traffic(host, '/hello'), { status: 401, headers: { 'x-imprun-release': '1' } })
  await edge.entry()
  t.match(await edge.entry(), { release: 2, code: 'route_not_found' })
  t.match(await edge.entry(), { release: 1, code: 'api_key_missing' })
})

t.test('a limit is of the environment, whichever release is met', async t => {
  const { edge, keys } = await startWithClients(t, 1)
  const left = async (value: string): Promise<unknown> => (await edge.traffic(host, '/hello', { key: keys[0]!, headers: { 'x-try': value } })).headers.ratelimit
  serve(edge, { plugins: { 'limit-count': { count: 10, windowSeconds: 60 } }, canary: canaryOf(2, 50, 'x-try') })
  t.match(await left('always'), /r=9/)
  t.match(await left('never'), /r=8/)
})

t.test('a version that both releases have has one isolate', async t => {
  const edge = await startEdge(t, { functions: { hello: (_call, fn) => ({ status: 200, headers: [], body: fn.key }) } })
  serve(edge, { plugins: { none: {} }, canary: { release: releaseOf(2, [{ versionId: 'v1' }]), weight: 0, header: 'x-try' } })
  const keyOf = async (value: string): Promise<string> => (await edge.traffic(host, '/hello', { headers: { 'x-try': value } })).text
  t.equal(await keyOf('always'), await keyOf('never'))
})

t.test('a canary that contradicts itself fails for those who meet it, and nobody else', async t => {
  const edge = await startEdge(t)
  serve(edge, { plugins: { none: {} }, canary: { release: releaseOf(2, [{ path: '/users/:id' }, { path: '/users/:name' }]), weight: 0, header: 'x-try' } })
  t.match(await edge.traffic(host, '/hello', { headers: { 'x-try': 'always' } }), { status: 503, json: { code: 'environment_unusable' } })
  t.match(await edge.traffic(host, '/hello'), { status: 200 })
})

t.test('a preflight chooses nothing', async t => {
  const { edge } = await startWithClients(t, 0)
  serve(edge, { plugins: { ...plugins, cors: { allowOrigins: ['https://a.example'] } }, canary: canaryOf(2, 100) })
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' }
  t.match(await edge.traffic(host, '/hello', { method: 'OPTIONS', headers }), { status: 204, headers: { 'x-imprun-release': '1' } })
})
