import t from 'tap'
import type { RoutePlugins } from '#shared/plugins/plugins.ts'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { makeSigningKey, startIssuer } from '../support/issuer.ts'

const host = 'shop.api.localhost'

const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

t.test('an endpoint can be everybody\'s, or ask in another way than its environment', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    routes: [
      { path: '/public', functionName: 'open', plugins: { none: {} } }, { path: '/basic', functionName: 'basic', plugins: { 'basic-auth': {} } },
      { path: '/orders', functionName: 'orders', plugins: { scopes: { required: ['orders'] } } }, { path: '/hello' }
    ]
  })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const ordering = edge.addClient('shop', 'prod', 'ordering', { scopes: ['orders'] })
  const statusesOf = async (headers: Record<string, string>): Promise<number[]> =>
    await Promise.all(['/public', '/basic', '/orders', '/hello', '/nowhere'].map(async path => (await edge.traffic(host, path, { headers })).status))
  t.strictSame(await statusesOf({}), [200, 401, 401, 401, 401])
  t.strictSame(await statusesOf({ 'x-api-key': key }), [200, 401, 403, 200, 404])
  t.strictSame(await statusesOf({ 'x-api-key': ordering }), [200, 401, 200, 200, 404])
  t.strictSame(await statusesOf({ authorization: basic('mobile', key) }), [200, 200, 401, 401, 401])
  t.notMatch((await edge.traffic(host, '/public', { key })).text, key, 'keys go on from nowhere')
  t.match((await edge.traffic(host, '/basic')).headers, { 'www-authenticate': /^Basic / })
})

/** What `/hello` asks for in the release that is served, and in the canary. */
function serveTwo (edge: TestEdge, stable: RoutePlugins | undefined, canary: RoutePlugins | undefined): void {
  const canaryRelease = releaseOf(2, [{ ...(canary && { plugins: canary }) }])
  serve(edge, { release: releaseOf(1, [{ ...(stable && { plugins: stable }) }]), canary: { ...canaryOf(2, 0, 'x-canary'), release: canaryRelease }, plugins: { 'served-by': {} } })
}

t.test('what the chosen release asks for must hold as well', async t => {
  const issuerKey = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [issuerKey])
  const edge = await startEdge(t)
  serveTwo(edge, { none: {} }, undefined)
  const key = edge.addClient('shop', 'prod', 'mobile')
  const outcome = async (isCanary: boolean, headers: Record<string, string> = {}): Promise<unknown[]> => {
    const answer = await edge.traffic(host, '/hello', { headers: { ...headers, 'x-canary': isCanary ? 'always' : 'never' } })
    if (answer.status === 200) t.notMatch(answer.text, /imp_prod|Basic |ey[A-Z]/i, 'no credentials go on')
    return [answer.status, answer.headers['x-imprun-release'], (answer.json as { client?: { id: string } | null }).client?.id]
  }
  const token = `Bearer ${await issuer.sign(issuerKey)}`

  t.strictSame(await outcome(false), [200, '1', undefined])
  t.strictSame(await outcome(true), [401, '2', undefined], 'open before, and not any more')
  t.strictSame(await outcome(true, { 'x-api-key': key }), [200, '2', 'mobile'])
  t.strictSame(await outcome(true, { 'x-api-key': `${key}x` }), [401, '2', undefined])

  serveTwo(edge, undefined, { none: {} })
  t.strictSame(await outcome(true), [401, '1', undefined], 'open only when it is served')
  t.strictSame(await outcome(true, { authorization: `Bearer ${key}` }), [200, '2', 'mobile'])

  serveTwo(edge, undefined, { 'jwt-auth': issuer.settings })
  t.strictSame(await outcome(false, { 'x-api-key': key }), [200, '1', 'mobile'])
  t.strictSame(await outcome(true, { 'x-api-key': key }), [401, '2', undefined])
  t.strictSame(await outcome(true, { 'x-api-key': key, authorization: token }), [200, '2', undefined])
  t.strictSame(await outcome(true, { authorization: token }), [401, '1', undefined])

  serveTwo(edge, { 'jwt-auth': issuer.settings }, { 'basic-auth': {} })
  t.strictSame(await outcome(true, { authorization: token }), [401, '2', undefined])
  t.strictSame(await outcome(false, { authorization: token }), [200, '1', undefined])

  serveTwo(edge, { 'basic-auth': {} }, { 'basic-auth': {} })
  t.strictSame(await outcome(true, { authorization: basic('mobile', key) }), [200, '2', 'mobile'])
})

t.test('a client with plugins of its own meets what each release asks for', async t => {
  const edge = await startEdge(t)
  serveTwo(edge, { scopes: { required: ['read'] } }, { 'basic-auth': {}, scopes: { required: ['write'] } })
  const key = edge.addClient('shop', 'prod', 'mobile', { scopes: ['read'], plugins: { headers: { response: { set: { 'x-own': 'yes' } } } } })
  const send = async (isCanary: boolean, headers: Record<string, string> = {}): Promise<unknown[]> => {
    const { status, headers: { 'x-own': own } } = await edge.traffic(host, '/hello', { key, headers: { ...headers, 'x-canary': isCanary ? 'always' : 'never' } })
    return [status, own]
  }
  t.strictSame(await send(false), [200, 'yes'])
  t.strictSame(await send(true), [401, 'yes'])
  t.strictSame(await send(true, { authorization: basic('mobile', key) }), [403, 'yes'])
})
