import t from 'tap'
import type { RoutePlugins } from '#shared/plugins/plugins.ts'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { startTarget } from '../support/egress.ts'
import { makeFunction, startFunctions } from '../support/functions.ts'
import { makeSigningKey, startIssuer } from '../support/issuer.ts'

const host = 'shop.api.localhost'

async function authOf (edge: TestEdge, headers: Record<string, string> = {}): Promise<unknown> {
  const { json } = await edge.traffic(host, '/hello', { headers })
  return (json as { auth: unknown }).auth
}

t.test('with a key a function knows the scopes of the client, and with none nothing', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop')
  const key = edge.addClient('shop', 'prod', 'mobile', { scopes: ['orders:read'] })
  t.strictSame(await authOf(edge, { 'x-api-key': key }), { method: 'key-auth', scopes: ['orders:read'], claims: null })
  edge.addGateway('shop', { plugins: { 'basic-auth': {}, authentication: { anonymousClient: 'Client mobile' } } })
  t.strictSame(await authOf(edge), { method: 'anonymous', scopes: ['orders:read'], claims: null })
  t.strictSame(await authOf(edge, { authorization: `Basic ${btoa(`mobile:${key}`)}` }), { method: 'basic-auth', scopes: ['orders:read'], claims: null })
  edge.addGateway('shop', { plugins: { none: {} } })
  t.equal(await authOf(edge, { 'x-api-key': key }), null)
})

t.test('what is said of an opaque token is seen, and the token itself is not, whoever repeats it', async t => {
  const target = await startTarget(t, (request, response) => {
    let form = ''
    request.setEncoding('utf8').on('data', (chunk: string) => { form += chunk }).on('end', () => {
      const token = new URLSearchParams(form).get('token')
      response.end(JSON.stringify({ active: true, sub: 'u7', scope: 'read write', access_token: token, 'urn:own': { plan: 'gold' } }))
    })
  })
  const edge = await startEdge(t, { openSecret: () => 's:ecret' })
  edge.addGateway('shop', {
    plugins: { 'oauth2-introspection': { url: `${target.origin}/introspect`, clientId: 'gateway', clientSecretVariable: 'S', allowHttp: true } }, secrets: { S: 'sealed' }
  })
  for (const what of ['asked', 'known']) {
    const { json, text } = await edge.traffic(host, '/hello', { headers: { authorization: 'Bearer opaque-1' } })
    t.strictSame((json as { auth: unknown }).auth, { method: 'oauth2-introspection', scopes: ['read', 'write'], claims: { active: true, sub: 'u7', scope: 'read write', 'urn:own': { plan: 'gold' } } }, what)
    t.notMatch(text, 'opaque-1')
  }
})

t.test('where two releases ask in different ways, it is the one that was asked last', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  const ask = async (plugins: RoutePlugins, headers: Record<string, string>): Promise<unknown> => {
    serve(edge, { canary: { ...canaryOf(2, 10_000), release: releaseOf(2, [{ plugins }]) } })
    return await authOf(edge, headers)
  }
  serve(edge, {})
  const apiKey = edge.addClient('shop', 'prod', 'mobile')
  const headers = { 'x-api-key': apiKey, authorization: `Bearer ${await issuer.sign(key)}` }
  t.match(await ask({ 'jwt-auth': issuer.settings }, headers), { method: 'jwt-auth', claims: { sub: 'somebody' } })
  t.match(await ask({ 'basic-auth': {}, authentication: { anonymousClient: 'Client mobile' } }, headers), { method: 'anonymous', claims: null })
  t.match(await ask({ none: {} }, headers), { method: 'key-auth', claims: null })
})

t.test('a function in its sandbox decides by the claims of a verified token', async t => {
  const functions = await startFunctions(t)
  const fn = await makeFunction(`export default ({ auth, client, headers }) => {
    if (!auth.claims.roles?.includes('editor')) return new Response('not for ' + auth.claims.sub, { status: 403 })
    return { by: auth.claims.sub, scopes: auth.scopes, client: client.name, sees: headers.authorization ?? null }
  }`)
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t, { functions: { hello: async call => await functions.call(fn, call) } })
  edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, clientClaim: 'azp' } } })
  edge.addClient('shop', 'prod', 'mobile', { name: 'Mobile' })
  const send = async (claims: Record<string, unknown>) => await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${await issuer.sign(key, { azp: 'mobile', ...claims })}` } })
  t.match(await send({ sub: 'ann', roles: ['editor'], scope: 'write' }), { status: 200, json: { by: 'ann', scopes: ['write'], client: 'Mobile', sees: null } })
  t.match(await send({ sub: 'bob' }), { status: 403, text: 'not for bob' })
})
