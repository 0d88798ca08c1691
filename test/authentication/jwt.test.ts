import t from 'tap'
import { base64url } from 'jose'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { audience, issuerName, makeSigningKey, signToken, startIssuer, startSeconds } from '../support/issuer.ts'

const host = 'shop.api.localhost'

async function send (edge: TestEdge, token: string) {
  return await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })
}

t.test('a token of the issuer opens, and goes no further', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': issuer.settings } })
  const token = await issuer.sign(key)
  const answer = await send(edge, token)
  t.match(answer, { status: 200, json: { client: null } })
  t.notMatch(answer.text, token)
  t.match(await edge.traffic(host, '/hello'), { status: 401, json: { code: 'credentials_missing' }, headers: { 'www-authenticate': 'Bearer realm="imprun"' } })
  await Promise.all(Array.from({ length: 20 }, async () => await send(edge, token)))
  t.equal(issuer.target.requests.length, 1, 'the keys are asked for once')
  edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, forwardToken: true } } })
  t.match((await send(edge, token)).json, { headers: { authorization: `Bearer ${token}` } })
  t.equal(issuer.target.requests.length, 1, 'a change of the environment does not ask again')
})

t.test('what a token says of itself does not decide how it is checked', async t => {
  const rsa = await makeSigningKey('rsa', 'RS256')
  const issuer = await startIssuer(t, [rsa])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': issuer.settings } })
  const good = await issuer.sign(rsa)
  t.equal((await send(edge, good)).status, 200)
  const [, payload = '', signature = ''] = good.split('.')
  const header = (value: object): string => base64url.encode(JSON.stringify(value))
  const modulus = new TextEncoder().encode(JSON.stringify(rsa.publicJwk))
  const another = await makeSigningKey('rsa', 'RS256')
  for (const [what, token] of Object.entries({
    'no signature': `${header({ alg: 'none', kid: 'rsa' })}.${payload}.`,
    'no signature, oddly spelt': `${header({ alg: 'NonE' })}.${payload}.${signature}`,
    'the public key as a secret': await signToken({ kid: 'rsa', alg: 'HS256', privateKey: modulus }),
    'another key of the same name': await signToken(another),
    'a key of its own': await signToken(another, {}, { jwk: another.publicJwk }),
    'a URL of its own': await signToken(another, {}, { jku: `${issuer.target.origin}/other` }),
    'a changed payload': `${good.split('.')[0]}.${header({ iss: issuerName, aud: audience, exp: startSeconds + 9e9 })}.${signature}`,
    'something critical that nobody knows': `${header({ alg: 'RS256', kid: 'rsa', crit: ['exp'], exp: 1 })}.${payload}.${signature}`,
    'an encrypted one': `${good}.x.y`,
    junk: 'a.b.c',
    'a long one': await signToken(rsa, { filler: 'x'.repeat(9_000) })
  })) {
    t.match(await send(edge, token), { status: 401, json: { code: 'token_invalid' }, headers: { 'www-authenticate': 'Bearer realm="imprun", error="invalid_token"' } }, what)
  }
  t.notOk(issuer.target.requests.some(request => request.url !== '/jwks'))
})

t.test('a token is for this API, of this issuer, and valid now', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, clockSkewSeconds: 2, maxAgeSeconds: 100 } } })
  const codeOf = async (claims: object): Promise<unknown> => {
    const { status, json } = await send(edge, await issuer.sign(key, claims as Record<string, unknown>))
    return status === 200 ? 200 : (json as { code: string, detail: string }).code + ((/"(\w+)"/.exec((json as { detail: string }).detail)?.[1] ?? '') && ` ${/"(\w+)"/.exec((json as { detail: string }).detail)![1]}`)
  }
  t.strictSame(await Promise.all([
    {}, { aud: ['x', audience] }, { exp: startSeconds - 1 }, { nbf: startSeconds + 1 },
    { exp: startSeconds - 2 }, { exp: startSeconds + 0.5 }, { exp: undefined }, { exp: '9999999999' }, { nbf: startSeconds + 3 },
    { aud: 'https://other.example' }, { aud: `${audience}/` }, { aud: undefined }, { aud: [] }, { iss: 'https://issuer.example.evil' }, { iss: undefined },
    { iat: startSeconds - 103 }, { iat: undefined }
  ].map(codeOf)), [
    200, 200, 200, 200,
    'token_expired', 200, 'token_invalid exp', 'token_invalid exp', 'token_invalid nbf',
    'token_invalid aud', 'token_invalid aud', 'token_invalid aud', 'token_invalid aud', 'token_invalid iss', 'token_invalid iss',
    'token_invalid', 'token_invalid iat'
  ])
})

t.test('a claim names the client, and scopes are those of the token', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  const configure = (more: object): void => edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, clientClaim: 'azp', ...more }, scopes: { required: ['read'] } } })
  configure({})
  edge.addClient('shop', 'prod', 'mobile', { name: 'Mobile', scopes: [] })
  edge.addClient('shop', 'dev', 'web')
  const ask = async (claims: Record<string, unknown>) => await send(edge, await issuer.sign(key, claims))
  t.match((await ask({ azp: 'mobile', scope: 'read write' })).json, { client: { id: 'mobile' }, headers: { 'x-consumer-username': 'shop-prod-mobile' } })
  t.match((await ask({ azp: 'Mobile', scope: 'read' })).json, { client: { id: 'mobile' } })
  t.equal((await ask({ azp: 'mobile', scope: 'reader' })).status, 403)
  t.equal((await ask({ azp: 'mobile' })).status, 403, 'the client\'s own do not count')
  for (const azp of ['web', '', 7, ['mobile'], undefined, '../mobile', '__proto__']) t.match(await ask({ azp, scope: 'read' }), { status: 401, json: { code: 'client_unknown' } }, String(azp))
  configure({ unknownClient: 'admit', scopesClaim: 'permissions' })
  t.match(await ask({ azp: 'web', permissions: ['read'] }), { status: 200, json: { client: null } })
  edge.addClient('shop', 'prod', 'mobile', { name: 'Mobile', enabled: false })
  t.match(await ask({ azp: 'mobile', permissions: ['read'] }), { status: 401, json: { code: 'client_disabled' } }, 'whoever is disabled does not come in as nobody')
})

t.test('a token and a key: the first in order decides', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': issuer.settings, 'key-auth': {}, authentication: { order: ['jwt-auth', 'key-auth'] } } })
  const apiKey = edge.addClient('shop', 'prod', 'mobile')
  const token = await issuer.sign(key)
  t.match((await edge.traffic(host, '/hello', { key: apiKey })).json, { client: { id: 'mobile' } })
  t.match((await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${apiKey}` } })).json, { client: { id: 'mobile' } })
  const both = await edge.traffic(host, '/hello', { key: apiKey, headers: { authorization: `Bearer ${token}` } })
  t.match(both, { status: 200, json: { client: null } })
  t.notMatch(both.text, apiKey)
  t.match(await edge.traffic(host, '/hello', { key: apiKey, headers: { authorization: 'Bearer a.b.c' } }), { status: 401, json: { code: 'token_invalid' } })
})
