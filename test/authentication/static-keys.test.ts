import { exportSPKI } from 'jose'
import t from 'tap'
import { secretPlace, SecretError } from '#shared/secret-box.ts'
import { startEdge } from '../support/edge.ts'
import { audience, issuerName, makeSigningKey, signToken } from '../support/issuer.ts'

const host = 'shop.api.localhost'
const secret = 'thirty-two bytes, at least, of it'

t.test('tokens are held against one public key', async t => {
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': { issuer: issuerName, audience, publicKey: await exportSPKI(publicKey) } } })
  const send = async (token: string): Promise<number> => (await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })).status
  t.equal(await send(await signToken({ kid: 'any', alg: 'ES256', privateKey })), 200)
  t.equal(await send(await signToken(await makeSigningKey('any'))), 401)
  t.equal(await send(await signToken(await makeSigningKey('any', 'RS256'))), 401, 'of another kind than the key')
  t.equal(await send(await signToken({ kid: 'any', alg: 'HS256', privateKey: new TextEncoder().encode(await exportSPKI(publicKey)) })), 401)
})

t.test('tokens are held against a secret of the environment', async t => {
  const opened: string[] = []
  const edge = await startEdge(t, {
    openSecret: (sealed, place) => {
      opened.push(place)
      if (sealed === 'broken') throw new SecretError('no key opens it')
      return sealed === 'short' ? 'short' : secret
    }
  })
  const start = (secrets: Record<string, string>): void =>
    edge.addGateway('shop', { plugins: { 'jwt-auth': { issuer: issuerName, audience, secretVariable: 'JWT_SECRET' } }, secrets })
  const key = { kid: 'any', alg: 'HS256', privateKey: new TextEncoder().encode(secret) }
  const send = async (token: string) => await edge.traffic(host, '/hello', { headers: { authorization: `Bearer ${token}` } })
  start({ JWT_SECRET: 'sealed' })
  t.equal((await send(await signToken(key))).status, 200)
  t.equal((await send(await signToken(key))).status, 200)
  t.strictSame(opened, [secretPlace({ gatewayId: 'shop', environment: 'prod' }, 'JWT_SECRET')], 'once, and as one of this place')
  t.equal((await send(await signToken({ ...key, alg: 'HS512' }))).status, 401, 'no other algorithm')
  t.equal((await send(await signToken({ ...key, privateKey: new TextEncoder().encode('another secret, that is as long as that') }))).status, 401)
  for (const secrets of [{}, { JWT_SECRET: 'short' }, { JWT_SECRET: 'broken' }]) {
    start(secrets)
    const answer = await send(await signToken({ ...key, privateKey: new TextEncoder().encode('short') }))
    t.match(answer, { status: 503, json: { code: 'identity_unavailable' } }, JSON.stringify(secrets))
    t.notMatch(answer.text, /secret|variable/i)
  }
})
