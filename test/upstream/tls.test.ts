import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import type { TlsSettings } from '#shared/upstream-options.ts'
import { certificate, reachable } from '../support/egress.ts'
import { startEdge } from '../support/edge.ts'
import { host } from '../support/upstream.ts'

const file = (name: string): string => readFileSync(new URL(`../support/tls/${name}`, import.meta.url), 'utf8')
const client = { certificate: file('localhost-1.pem'), key: file('localhost-1.key.pem') }
const timeouts = { connectMs: 5_000, firstByteMs: 5_000, totalMs: 10_000 }

/** Answers with the name in the certificate of whoever asks. */
async function startSecure (t: Test, options: TlsOptions = {}): Promise<string> {
  const server = createServer({ key: file('key.pem'), cert: certificate, ...options }, (request, response) => {
    response.end(JSON.stringify((request.socket as TLSSocket).getPeerCertificate().subject ?? null))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, reachable)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://${reachable}:${(server.address() as AddressInfo).port}`
}

async function ask (t: Test, url: string, tls: Partial<TlsSettings>, secrets: Record<string, string> = {}): Promise<{ status: number, text: string, said: string[] }> {
  const edge = await startEdge(t, { openSecret: sealed => sealed.replace('sealed ', '') })
  edge.addGateway('shop', {
    plugins: { none: {} },
    variables: { CERTIFICATE: client.certificate },
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, `sealed ${value}`])),
    upstreams: { origin: { url, timeouts, tls: { verify: true, minVersion: 'TLSv1.2', ...tls } } },
    routes: [{ path: '/', upstream: { name: 'origin' } }]
  })
  const { status, text } = await edge.traffic(host, '/')
  return { status, text, said: edge.told.map(({ message }) => message) }
}

t.test('certificates are verified, with a CA and a name of one\'s own', async t => {
  const url = await startSecure(t)
  t.match(await ask(t, url, {}), { status: 502, said: [/no secure connection/] })
  t.match(await ask(t, url, { ca: certificate }), { status: 502, said: [/no secure connection/] }, 'the address is not in it')
  t.match(await ask(t, url, { ca: certificate, serverName: 'secure.example' }), { status: 200 })
  t.match(await ask(t, url, { ca: certificate, serverName: 'other.example' }), { status: 502, said: [/no secure connection/] })
  t.match(await ask(t, url, { verify: false }), { status: 200 })
})

t.test('the environment\'s own certificate is shown, and its key is a secret', async t => {
  const url = await startSecure(t, { requestCert: true, rejectUnauthorized: true, ca: client.certificate })
  const tls = { ca: certificate, serverName: 'secure.example', clientCertificate: { certificate: 'CERTIFICATE', key: 'KEY' } }
  t.match(await ask(t, url, tls, { KEY: client.key }), { status: 200, text: /CN/ })
  t.match(await ask(t, url, tls), { status: 502, said: ['The upstream origin: the client certificate needs KEY, which the environment does not have'] })
  const wrong = await ask(t, url, tls, { KEY: 'not a key' })
  t.match(wrong, { status: 502, said: ['The upstream origin: the client certificate or its key cannot be used'] })
  t.notMatch(JSON.stringify(wrong), /not a key/)
  t.equal((await ask(t, url, { ...tls, clientCertificate: undefined! })).status, 502)
})

t.test('old versions of TLS are refused', async t => {
  const url = await startSecure(t, { maxVersion: 'TLSv1.2' })
  t.match(await ask(t, url, { verify: false }), { status: 200 })
  t.match(await ask(t, url, { verify: false, minVersion: 'TLSv1.3' }), { status: 502, said: [/no secure connection/] })
})

t.test('another secret is used for the next request', async t => {
  const url = await startSecure(t, { requestCert: true, rejectUnauthorized: true, ca: client.certificate })
  const edge = await startEdge(t, { openSecret: sealed => sealed })
  const put = (secrets: Record<string, string>): void => edge.addGateway('shop', {
    plugins: { none: {} },
    secrets,
    upstreams: { origin: { url, timeouts, tls: { verify: false, minVersion: 'TLSv1.2', clientCertificate: { certificate: 'CERTIFICATE', key: 'KEY' } } } },
    routes: [{ path: '/', upstream: { name: 'origin' } }]
  })
  put({})
  t.equal((await edge.traffic(host, '/')).status, 502)
  put({ CERTIFICATE: client.certificate, KEY: client.key })
  t.equal((await edge.traffic(host, '/')).status, 200)
})
