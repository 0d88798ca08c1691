import t from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { reachable } from '../support/egress.ts'
import { makeSigningKey, startIssuer, type Issuer } from '../support/issuer.ts'

const host = 'shop.api.localhost'

async function codeOf (edge: TestEdge, token: string): Promise<unknown> {
  const { status, json } = await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })
  return status === 200 ? 200 : (json as { code: string }).code
}

async function start (t: Parameters<typeof startEdge>[0], more: Partial<Issuer['settings']> = {}) {
  const keys = [await makeSigningKey('k1'), await makeSigningKey('k2')] as const
  const issuer = await startIssuer(t, [keys[0]])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, ...more } } })
  const pass = (seconds: number): void => edge.clock.set(edge.clock.now() + seconds * 1000)
  const forADay = { exp: edge.clock.now() / 1000 + 1e6 }
  return { issuer, edge, keys, pass, first: await issuer.sign(keys[0], forADay), second: await issuer.sign(keys[1], forADay) }
}

t.test('a key that is new is asked for, but strangers make no requests', async t => {
  const { issuer, edge, keys, pass, first, second } = await start(t)
  t.strictSame(await Promise.all([first, first, first].map(async token => await codeOf(edge, token))), [200, 200, 200])
  t.equal(issuer.target.requests.length, 1)
  issuer.published.keys = [keys[1].publicJwk]
  t.strictSame(await Promise.all([second, second].map(async token => await codeOf(edge, token))), ['token_invalid', 'token_invalid'], 'within 30 s of the last request')
  t.equal(issuer.target.requests.length, 1)
  pass(30)
  t.strictSame(await Promise.all([second, second, second].map(async token => await codeOf(edge, token))), [200, 200, 200])
  t.equal(issuer.target.requests.length, 2, 'all of them wait for one answer')
  t.equal(await codeOf(edge, first), 'token_invalid', 'the old key is gone')
  t.equal(issuer.target.requests.length, 2)
})

t.test('while the issuer is away its last keys are good, for a while', async t => {
  const { issuer, edge, pass, first, second } = await start(t, { jwksCacheSeconds: 10, jwksMaxStaleSeconds: 100 })
  t.equal(await codeOf(edge, first), 200)
  issuer.answer.status = 500
  pass(99)
  t.equal(await codeOf(edge, first), 200)
  t.equal(await codeOf(edge, second), 'token_invalid')
  pass(1)
  t.equal(await codeOf(edge, first), 'identity_unavailable')
  const asked = issuer.target.requests.length
  t.strictSame(await Promise.all([first, first].map(async token => await codeOf(edge, token))), ['identity_unavailable', 'identity_unavailable'])
  t.equal(issuer.target.requests.length, asked, 'it is left alone for a while')
  issuer.answer.status = 200
  pass(60)
  t.equal(await codeOf(edge, first), 200)
})

t.test('what an issuer says is bounded, and nothing of it gets out', async t => {
  const { issuer, edge, keys, pass, first } = await start(t)
  const thousand = Array.from({ length: 1_000 }, (_, index) => ({ ...keys[0].publicJwk, kid: String(index) }))
  for (const body of ['', '[]', 'null', '{"keys":{}}', 'no JSON', JSON.stringify({ keys: thousand }), JSON.stringify({ keys: [keys[0].publicJwk], filler: 'x'.repeat(200_000) }), '{"keys":'.repeat(10_000)]) {
    issuer.answer.body = body
    t.equal(await codeOf(edge, first), 'identity_unavailable', body.slice(0, 20))
    pass(60)
  }
  issuer.answer.body = JSON.stringify({ keys: [null, 1, 'x', [], {}, { kty: 'oct', k: 'AAAA', kid: 'k1', alg: 'HS256' }, { kty: 'EC', crv: 'P-256', kid: 'k1', x: 'AA', y: 'AA' }, { ...keys[1].publicJwk, kid: 'k3' }] })
  t.equal(await codeOf(edge, first), 'token_invalid', 'keys that are none')
  issuer.answer.body = null
  issuer.answer.status = 302
  pass(3600)
  t.equal(await codeOf(edge, first), 'token_invalid')
  issuer.answer.status = 200
  pass(60)
  t.equal(await codeOf(edge, first), 200)
})

t.test('keys are not asked for where nobody may', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t, { upstreamAllow: [] })
  for (const jwksUrl of [`http://${reachable}:${issuer.target.port}/`, `http://127.0.0.1:${issuer.target.port}/`, 'http://localhost:1/', 'http://169.254.169.254/latest', `http://[::ffff:127.0.0.2]:${issuer.target.port}/`]) {
    edge.addGateway('shop', { plugins: { 'jwt-auth': { ...issuer.settings, jwksUrl } } })
    t.equal(await codeOf(edge, await issuer.sign(key)), 'identity_unavailable', jwksUrl)
  }
  t.equal(issuer.target.requests.length, 0)
})
