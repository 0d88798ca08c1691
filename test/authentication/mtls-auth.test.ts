import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { thumbprintOf } from '#shared/certificates.ts'
import type { FeedCertificate } from '#shared/feed.ts'
import { namesOf } from '../../data-plane/authentication/certificate-chain.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const read = (name: string): string => readFileSync(new URL(`../support/tls/clients/${name}.pem`, import.meta.url), 'utf8')
const certificateOf = (name: string): X509Certificate => new X509Certificate(read(name))
/** RFC 9440, section 2.1: the certificate as a byte sequence. */
const field = (name: string): string => `:${certificateOf(name).raw.toString('base64')}:`

async function start (test: Parameters<typeof startEdge>[0], certificates: FeedCertificate[], trustedProxies = ['127.0.0.0/8']): Promise<TestEdge> {
  const edge = await startEdge(test, { settings: { trustedProxies } })
  edge.addGateway('shop', { plugins: { 'mtls-auth': { ca: read('ca') } } })
  edge.addClient('shop', 'prod', 'mobile', { certificates })
  return edge
}

const send = async (edge: TestEdge, name: string, more: Record<string, string> = {}) => await edge.traffic(host, '/hello', { headers: { 'client-cert': field(name), ...more } })

t.test('a certificate that a trusted proxy has seen stands for its client', async t => {
  for (const certificate of [
    { kind: 'thumbprint', value: thumbprintOf(certificateOf('mobile')) }, { kind: 'dns', value: 'mobile.example' }, { kind: 'uri', value: 'spiffe://shop/mobile' }, { kind: 'email', value: 'mobile@shop.example' }
  ] as const) {
    const edge = await start(t, [certificate])
    const answer = await send(edge, 'mobile')
    t.match(answer, { status: 200, json: { client: { id: 'mobile' } } }, certificate.kind)
    t.notMatch(answer.json, { headers: { 'client-cert': String } })
  }
})

t.test('nobody else\'s word is taken', async t => {
  const edge = await start(t, [{ kind: 'dns', value: 'mobile.example' }], ['192.0.2.0/24'])
  t.match(await send(edge, 'mobile'), { status: 401, json: { code: 'credentials_missing' } })
  edge.addGateway('shop', { plugins: { 'mtls-auth': { ca: read('ca') }, authentication: { anonymousClient: 'Everybody' } } })
  edge.addClient('shop', 'prod', 'anyone', { name: 'Everybody' })
  t.notMatch((await send(edge, 'mobile')).json, { headers: { 'client-cert': String } }, 'nor handed on')
  edge.addGateway('shop', { plugins: { none: {} } })
  t.notMatch((await send(edge, 'mobile')).json, { headers: { 'client-cert': String } }, 'whoever is asked for what')
})

t.test('only what an authority vouches for, for clients, and now', async t => {
  const edge = await start(t, [{ kind: 'dns', value: 'mobile.example' }, { kind: 'dns', value: 'below.example' }])
  const codeOf = async (name: string, more?: Record<string, string>): Promise<unknown> => {
    const { status, json } = await send(edge, name, more)
    return status === 200 ? 200 : (json as { code: string }).code
  }
  t.equal(await codeOf('mobile'), 200)
  t.equal(await codeOf('below', { 'client-cert-chain': field('between') }), 200)
  for (const [name, chain] of [['server'], ['forged'], ['expired'], ['below'], ['below', 'mobile'], ['below-mobile', 'mobile']] as const) {
    t.equal(await codeOf(name, chain && { 'client-cert-chain': field(chain) }), 'certificate_invalid', `${name} ${chain}`)
  }
  for (const text of ['', 'x', ':AAAA:', '"text"', `${field('mobile')}, ${field('mobile')}`, certificateOf('mobile').raw.toString('base64')]) {
    t.match((await edge.traffic(host, '/hello', { headers: { 'client-cert': text } })).json, { code: 'certificate_invalid' }, text.slice(0, 20))
  }
  t.equal(await codeOf('odd'), 'client_unknown', 'a name within another is none')
  t.strictSame(namesOf(certificateOf('odd')), [{ kind: 'dns', value: 'odd.example' }])
  edge.addClient('shop', 'prod', 'mobile', { certificates: [] })
  t.equal(await codeOf('mobile'), 'client_unknown')
})
