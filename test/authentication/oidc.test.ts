import t from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { startAuthorizationServer, type AuthorizationServer } from '../support/oidc.ts'

const host = 'shop.api.localhost'
const audience = 'https://shop.example'

async function start (t: Parameters<typeof startEdge>[0]): Promise<{ server: AuthorizationServer, edge: TestEdge }> {
  const server = await startAuthorizationServer(t)
  const edge = await startEdge(t, { openSecret: () => server.client.secret })
  edge.clock.set(Date.now())
  return { server, edge }
}

async function send (edge: TestEdge, token: string) {
  return await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })
}

t.test('tokens of a real authorization server open, across the rotation of its keys', async t => {
  const { server, edge } = await start(t)
  edge.addGateway('shop', {
    plugins: { 'jwt-auth': { issuer: server.issuer, audience, jwksUrl: server.jwksUrl, clientClaim: 'client_id', allowHttp: true }, scopes: { required: ['orders:read'] } }
  })
  edge.addClient('shop', 'prod', 'mobile', { name: server.client.id })
  const before = await server.token({ resource: audience, scope: 'orders:read' })
  t.match(await send(edge, before), { status: 200, json: { client: { id: 'mobile' } } })
  t.match(await send(edge, await server.token({ resource: audience, scope: 'orders:write' })), { status: 403, json: { code: 'scope_missing' } })
  t.match(await send(edge, await server.token({ resource: 'https://other.example', scope: 'orders:read' })), { status: 401, json: { code: 'token_invalid' } })

  await server.rotate(true)
  const after = await server.token({ resource: audience, scope: 'orders:read' })
  edge.clock.set(edge.clock.now() + 30_000)
  t.equal((await send(edge, after)).status, 200)
  t.equal((await send(edge, before)).status, 200, 'what was issued before is good while its key is published')
  await server.rotate(false)
  const last = await server.token({ resource: audience, scope: 'orders:read' })
  edge.clock.set(edge.clock.now() + 30_000)
  t.equal((await send(edge, last)).status, 200)
  t.match(await send(edge, before), { status: 401, json: { code: 'token_invalid' } }, 'and not after')
  edge.clock.set(edge.clock.now() + 400_000)
  t.match(await send(edge, last), { status: 401, json: { code: 'token_expired' } })
})

t.test('opaque tokens are asked about, and die with their revocation', async t => {
  const { server, edge } = await start(t)
  edge.addGateway('shop', {
    plugins: {
      'oauth2-introspection': { url: server.introspectionUrl, clientId: server.client.id, clientSecretVariable: 'OAUTH_SECRET', clientClaim: 'client_id', cacheSeconds: 10, allowHttp: true },
      scopes: { required: ['orders:read'] }
    },
    secrets: { OAUTH_SECRET: 'sealed' }
  })
  edge.addClient('shop', 'prod', 'mobile', { name: server.client.id })
  const token = await server.token({ scope: 'orders:read' })
  const answer = await send(edge, token)
  t.match(answer, { status: 200, json: { client: { id: 'mobile' } } })
  t.notMatch(answer.text, token)
  t.equal((await send(edge, await server.token({ scope: 'orders:write' }))).status, 403)
  t.match(await send(edge, 'made-up'), { status: 401, json: { code: 'token_invalid' } })
  await server.revoke(token)
  t.equal((await send(edge, token)).status, 200, 'what was said is good for a while')
  edge.clock.set(edge.clock.now() + 10_000)
  t.match(await send(edge, token), { status: 401, json: { code: 'token_invalid' } })
})
