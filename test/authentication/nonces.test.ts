import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import type { HmacAuthConfig } from '#shared/plugins/hmac-auth.ts'
import { canaryOf, releaseOf, serve } from '../support/canaries.ts'
import { startEdge, type EdgeTestOptions } from '../support/edge.ts'
import { signRequest, type SigningOptions } from '../support/signing.ts'
import { createSwitchable } from '../support/switchable-counters.ts'

const host = 'shop.api.localhost'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const publicPem = publicKey.export({ type: 'spki', format: 'pem' })

async function start (t: Parameters<typeof startEdge>[0], config: HmacAuthConfig = { requireNonce: true }, options: EdgeTestOptions = {}) {
  const edge = await startEdge(t, options)
  edge.addGateway('shop', { plugins: { 'hmac-auth': config } })
  const signingKeys = ['a', 'b'].map(id => ({ id, algorithm: 'ed25519' as const, publicKey: publicPem }))
  const addClient = (more: object = {}): void => void edge.addClient('shop', 'prod', 'mobile', { signingKeys, ...more })
  addClient()
  edge.clock.set(edge.clock.now() + 1_000)
  const sign = (nonce: string | null, options: Partial<SigningOptions> = {}): Record<string, string> => signRequest({ authority: host, path: '/hello' }, {
    keyId: 'mobile/a', key: privateKey, created: edge.clock.now() / 1_000, ...(nonce !== null && { parameters: `;nonce="${nonce}"` }), ...options
  })
  /** 200, or what is said of it. */
  const send = async (headers: Record<string, string>): Promise<unknown> => {
    const { status, json } = await edge.traffic(host, '/hello', { headers })
    return status === 200 ? 200 : status === 503 ? (json as { code: string }).code : (json as { detail: string }).detail
  }
  return { edge, sign, send, addClient }
}

const used = 'The nonce has been used before.'

t.test('a signature is accepted once', async t => {
  const { edge, sign, send, addClient } = await start(t)
  const signed = sign('n1')
  const answers = await Promise.all(Array.from({ length: 5 }, async () => await send(signed)))
  t.equal(answers.filter(answer => answer === 200).length, 1)
  t.equal(answers.filter(answer => answer === used).length, 4)
  t.equal(await send(sign('n1', { components: ['@query', '@path', '@method', '@authority'] })), used, 'nor another one with its nonce')
  t.equal(await send(sign('n2')), 200)
  t.equal(await send(sign('n1', { keyId: 'mobile/b' })), 200, 'each key has nonces of its own')
  t.equal(await send(sign(null)), 'The signature has no nonce.')
  t.match((await edge.traffic(host, '/hello', { headers: sign('n1') })).json, { code: 'signature_invalid' })

  t.equal(await send({ ...sign('n3'), signature: 'sig1=:AAAA:' }), 'The signature is not valid.')
  addClient({ enabled: false })
  await send(sign('n3'))
  addClient()
  t.equal(await send(sign('n3')), 200, 'what was refused has used up nothing')
  edge.clock.set(edge.clock.now() + 309_000)
  t.equal(await send(signed), 'The signature is too old.')
})

t.test('where nobody asks for nonces, they change nothing', async t => {
  const { sign, send } = await start(t, {})
  const signed = sign('n1')
  t.strictSame([await send(signed), await send(signed), await send(sign(null))], [200, 200, 200])
})

t.test('what was made before anything is remembered is refused, unless the owner says otherwise', async t => {
  const { edge, sign, send } = await start(t)
  const early = sign('n1', { created: edge.clock.now() / 1_000 - 1 })
  t.equal(await send(early), 'The signature was made before the first nonce that is remembered. Sign again.')
  edge.addGateway('shop', { plugins: { 'hmac-auth': { requireNonce: true, failureMode: 'open' } } })
  t.equal(await send(early), 200)
})

t.test('machines that share counters remember together; while those are away the policy says what happens', async t => {
  const sharedCounters = createSwitchable()
  const one = await start(t, { requireNonce: true }, { sharedCounters })
  const other = await start(t, { requireNonce: true }, { sharedCounters })
  const signed = one.sign('n1')
  t.strictSame([await one.send(signed), await other.send(signed)], [200, used])
  sharedCounters.isAway = true
  t.equal(await one.send(one.sign('n2')), 'identity_unavailable')
  for (const { edge } of [one, other]) edge.addGateway('shop', { plugins: { 'hmac-auth': { requireNonce: true, failureMode: 'open' } } })
  t.strictSame([await one.send(one.sign('n3')), await one.send(one.sign('n3')), await other.send(one.sign('n3'))], [200, used, 200], 'each by itself')
})

t.test('a supervisor that does not answer: the policy says what happens', async t => {
  const { edge, sign, send } = await start(t, { requireNonce: true }, { nonces: { use: () => 'away' } })
  t.equal(await send(sign('n1')), 'identity_unavailable')
  edge.addGateway('shop', { plugins: { 'hmac-auth': { requireNonce: true, failureMode: 'open' } } })
  t.equal(await send(sign('n1')), 200)
})

t.test('a request that meets two releases has used its nonce once', async t => {
  const { edge, sign, send } = await start(t)
  const plugins = (maxAgeSeconds: number) => ({ plugins: { 'hmac-auth': { requireNonce: true, maxAgeSeconds } } })
  serve(edge, { release: releaseOf(1, [plugins(60)]), canary: { ...canaryOf(2, 10_000), release: releaseOf(2, [plugins(30)]) } })
  const signed = sign('n1')
  t.strictSame([await send(signed), await send(signed)], [200, used])
})
