import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { makeSigningKey, startIssuer } from '../support/issuer.ts'

t.test('by claim: each value of the token apart, whatever else differs; without it, the address', async t => {
  const key = await makeSigningKey('k1')
  const issuer = await startIssuer(t, [key])
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { 'jwt-auth': issuer.settings, 'limit-count': { count: 2, windowSeconds: 60, by: { claim: 'tenant' } } } })
  const left = async (claims: Record<string, unknown>): Promise<unknown> =>
    (await edge.traffic('shop.api.localhost', '/hello', { headers: { authorization: `Bearer ${await issuer.sign(key, claims)}` } })).headers.ratelimit
  t.equal(await left({ tenant: 'a', jti: '1' }), '"limit-count";r=1;t=60')
  t.equal(await left({ tenant: 'b', jti: '2' }), '"limit-count";r=1;t=60')
  t.equal(await left({ tenant: 'a', jti: '3' }), '"limit-count";r=0;t=60')
  t.equal(await left({ tenant: ['a'] }), '"limit-count";r=1;t=60')
  t.equal(await left({}), '"limit-count";r=1;t=60')
  t.equal(await left({ tenant: null }), '"limit-count";r=0;t=60')
})
