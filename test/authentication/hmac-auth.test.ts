import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { text } from 'node:stream/consumers'
import type { HmacAuthConfig } from '#shared/plugins/hmac-auth.ts'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { startEdge } from '../support/edge.ts'
import { startTarget } from '../support/egress.ts'
import { signRequest, type SigningOptions, type ToBeSigned } from '../support/signing.ts'

const host = 'shop.api.localhost'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const publicPem = publicKey.export({ type: 'spki', format: 'pem' })

async function start (t: Parameters<typeof startEdge>[0], config: HmacAuthConfig = {}) {
  const received: string[] = []
  const target = await startTarget(t, (request, response) => { void text(request).then(body => received.push(body)).finally(() => response.end('done')) })
  const edge = await startEdge(t, { openSecret: () => 'a shared secret' })
  edge.addGateway('shop', {
    plugins: { 'hmac-auth': config }, secrets: { SIGNING: 'sealed' }, upstreams: { origin: { url: target.origin, timeouts: effectiveTimeouts() } },
    routes: [{ path: '/hello', methods: ['GET', 'POST'] }, { path: '/up', functionName: 'up', methods: ['POST'], upstream: { name: 'origin' } }]
  })
  edge.addClient('shop', 'prod', 'mobile', { scopes: ['x'], signingKeys: [{ id: 'a', algorithm: 'ed25519', publicKey: publicPem }, { id: 'b', algorithm: 'hmac-sha256', secretVariable: 'SIGNING' }] })
  const now = edge.clock.now() / 1000
  const send = async (request: Partial<ToBeSigned> = {}, options: Partial<SigningOptions> = {}, more: { headers?: Record<string, string | string[]>, path?: string, body?: string } = {}) => {
    const signed = { authority: host, path: '/hello', ...request }
    const headers = { ...signRequest(signed, { keyId: 'mobile/a', key: privateKey, created: now, ...options }), ...more.headers }
    const body = more.body ?? request.body
    return await edge.traffic(host, more.path ?? `${signed.path}${signed.query === undefined ? '' : `?${signed.query}`}`, {
      method: request.method as 'GET' | undefined ?? 'GET', headers, ...(body !== undefined && { body })
    })
  }
  return { edge, send, now, received }
}

t.test('a request that a client has signed is that client\'s', async t => {
  const { edge, send } = await start(t)
  const answer = await send({ query: 'a=1&b=%20' })
  t.match(answer, { status: 200, json: { client: { id: 'mobile' } } })
  t.notMatch(answer.text, 'sig1', 'whoever sees it could send it again')
  t.match((await send({}, { keyId: 'mobile/b', key: 'a shared secret' })).json, { client: { id: 'mobile' } })
  t.match(await edge.traffic(host, '/hello'), { status: 401, json: { code: 'credentials_missing' }, headers: { 'www-authenticate': 'Signature realm="imprun"' } })
  for (const [what, answer] of Object.entries({
    'another path': await send({}, {}, { path: '/hello?x=1' }),
    'another key of the client': await send({}, { keyId: 'mobile/b' }),
    'a wrong secret': await send({}, { keyId: 'mobile/b', key: 'a shared secret?' }),
    'the public key as a secret': await send({}, { key: publicPem }),
    'nobody\'s key': await send({}, { keyId: 'mobile/c' }),
    'nobody': await send({}, { keyId: 'web/a' }),
    'more behind it': await send({}, { keyId: 'mobile/a/x' }),
    'an algorithm that is not the key\'s': await send({}, { parameters: ';alg="hmac-sha256"' }),
    'no signature': await send({}, {}, { headers: { signature: 'sig1=:AAAA:' } }),
    'another label': await send({}, {}, { headers: { signature: 'sig2=:AAAA:' } })
  })) t.match(answer, { status: 401, json: { code: 'signature_invalid', detail: 'The signature is not valid.' } }, what)
  edge.addClient('shop', 'prod', 'mobile', { enabled: false, signingKeys: [{ id: 'a', algorithm: 'ed25519', publicKey: publicPem }] })
  t.match(await send(), { status: 401, json: { code: 'client_disabled' } })
})

t.test('a signature covers what is asked for, and is of now', async t => {
  const { send, now } = await start(t, { components: ['@method', '@path', 'x-tenant'], maxAgeSeconds: 60, clockSkewSeconds: 2 })
  const headers = { 'x-tenant': 'shop' }
  const components = ['x-tenant', '@path', '@method']
  const detailOf = async (options: Partial<SigningOptions>, more: Parameters<typeof send>[2] = {}): Promise<unknown> => {
    const { status, json } = await send({ headers }, { components, ...options }, more)
    return status === 200 ? 200 : (json as { detail: string }).detail
  }
  t.strictSame([
    await detailOf({}), await detailOf({ created: now - 62 }), await detailOf({ created: now + 2 }), await detailOf({ parameters: `;expires=${now - 2}` }),
    await detailOf({ components: ['@path', '@method'] }), await detailOf({ created: null }), await detailOf({ created: now - 63 }), await detailOf({ created: now + 3 }), await detailOf({ parameters: `;expires=${now - 3}` }),
    await detailOf({}, { headers: { 'x-tenant': ['shop', 'other'] } })
  ], [
    200, 200, 200, 200,
    'The signature does not cover "x-tenant".', 'The signature does not say when it was made (created).', 'The signature is too old.', 'The signature is of the future.', 'The signature has expired.',
    'The signature is not valid.'
  ])
})

t.test('a body is the one that was signed, for a function and for an upstream', async t => {
  const { send, received } = await start(t, { maxBodyBytes: 1_000 })
  for (const path of ['/hello', '/up']) {
    t.equal((await send({ method: 'POST', path, body: 'a body' })).status, 200, path)
    t.match(await send({ method: 'POST', path, body: 'a body' }, {}, { body: 'another' }), { status: 401, json: { detail: 'The body is not the one that was signed.' } }, path)
    t.match(await send({ method: 'POST', path }, {}, { body: 'unsigned' }), { status: 401, json: { detail: /does not cover "content-digest"/ } }, path)
  }
  t.match(await send({ method: 'POST', path: '/up', body: 'x'.repeat(1_001) }), { status: 413 })
  t.strictSame(received, ['a body'])
})
