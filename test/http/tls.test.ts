import { randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { clientCertificateOf } from '../../data-plane/listener/client-certificate.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { http2Client } from '../support/http2-client.ts'
import { recordingLogger } from '../support/replica.ts'
import { until } from '../support/until.ts'
import { host } from '../support/upstream.ts'

const certificate = (number: 1 | 2, part: '' | '.key' = ''): string => path.join(import.meta.dirname, '..', 'support', 'tls', `localhost-${number}${part}.pem`)
const fingerprint = (number: 1 | 2): string => new X509Certificate(readFileSync(certificate(number))).fingerprint256
const pair = (number: 1 | 2): { certFile: string, keyFile: string } => ({ certFile: certificate(number), keyFile: certificate(number, '.key') })

async function startSecure (t: Test, dataTls = { pairs: [pair(1)], clientCaFile: null as string | null }, options: Parameters<typeof startEdge>[1] = {}): Promise<TestEdge> {
  const edge = await startEdge(t, { ...options, settings: { dataTls, ...options.settings } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/', methods: ['GET', 'POST'] }] })
  return edge
}

async function handshake (t: Test, edge: TestEdge, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port: edge.port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

async function get (edge: TestEdge, body?: string): Promise<IncomingMessage & { text: string }> {
  const sent = request({ port: edge.port, host: '127.0.0.1', rejectUnauthorized: false, agent: false, headers: { host }, method: body === undefined ? 'GET' : 'POST' }).end(body)
  const [response] = await once(sent, 'response') as [IncomingMessage]
  return Object.assign(response, { text: await text(response) })
}

t.test('HTTP/1.1 and HTTP/2 are spoken over TLS, and HTTP/1.1 without, at one port', async t => {
  const edge = await startSecure(t)
  t.match(await get(edge), { statusCode: 200, text: /"url":"https:/ })
  t.match(await get(edge, 'x'.repeat(100_000)), { statusCode: 200, text: /"body":"x{100000}"/ })
  const { ask, session } = await http2Client(t, `https://127.0.0.1:${edge.port}`, { rejectUnauthorized: false })
  t.equal(session.alpnProtocol, 'h2')
  t.match(await ask('/'), { status: 200, text: /"url":"https:/ })
  t.match(await ask('/', {}, 'body'), { status: 200, text: /"body":"body"/ })
  t.match(await edge.traffic(host, '/'), { status: 200 })
  t.equal((await handshake(t, edge, { ALPNProtocols: ['http/1.1'] })).alpnProtocol, 'http/1.1')
  t.equal((await handshake(t, edge, { maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' })).getProtocol(), 'TLSv1.2')
})

t.test('what is out of use is refused', async t => {
  const edge = await startSecure(t)
  for (const options of [{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }] as const) {
    await t.rejects(handshake(t, edge, options), Error, JSON.stringify(options))
  }
  t.match(await get(edge), { statusCode: 200 })
})

t.test('each host is shown its certificate, and the first is for all others', async t => {
  const folder = path.join(import.meta.dirname, '..', 'support', 'tls')
  const edge = await startSecure(t, { pairs: [pair(1), { certFile: path.join(folder, 'certificate.pem'), keyFile: path.join(folder, 'key.pem') }], clientCaFile: null })
  const shown = async (servername: string): Promise<string> => (await handshake(t, edge, { servername })).getPeerX509Certificate()!.subject
  t.equal(await shown('secure.example'), 'CN=secure.example')
  t.equal(await shown('localhost'), 'CN=control plane 1')
  t.equal(await shown('other.example'), 'CN=control plane 1')
  t.equal(await shown(''), 'CN=control plane 1')
})

t.test('a session goes on wherever its ticket can be opened', async t => {
  const [first, second, other] = [await startSecure(t), await startSecure(t), await startSecure(t)]
  const keys = randomBytes(48)
  for (const edge of [first, second]) edge.setTicketKeys(keys)
  const session = (await handshake(t, first, { maxVersion: 'TLSv1.2' })).getSession()!
  const isReused = async (edge: TestEdge): Promise<boolean> => (await handshake(t, edge, { maxVersion: 'TLSv1.2', session })).isSessionReused()
  t.equal(await isReused(first), true)
  t.equal(await isReused(second), true)
  t.equal(await isReused(other), false)
  second.setTicketKeys(randomBytes(48))
  t.equal(await isReused(second), false)
})

t.test('what certificate a client has shown is known of each of its requests', async t => {
  const edge = await startSecure(t, { pairs: [pair(1)], clientCaFile: certificate(2) })
  const seen: Array<string | null> = []
  edge.app.server.prependListener('request', request => seen.push(clientCertificateOf(request)?.fingerprint256 ?? null))
  const ask = async (options: ConnectionOptions): Promise<void> => {
    const socket = await handshake(t, edge, { ALPNProtocols: ['http/1.1'], ...options })
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    t.match(await text(socket), /^HTTP\/1\.1 200 /)
    const client = await http2Client(t, `https://127.0.0.1:${edge.port}`, { rejectUnauthorized: false, ...options, ALPNProtocols: ['h2'] })
    t.match(await client.ask('/'), { status: 200 })
  }
  await ask({ cert: readFileSync(certificate(2)), key: readFileSync(certificate(2, '.key')) })
  await ask({ cert: readFileSync(certificate(1)), key: readFileSync(certificate(1, '.key')) })
  await ask({})
  await edge.traffic(host, '/')
  t.strictSame(seen, [fingerprint(2), fingerprint(2), fingerprint(1), fingerprint(1), null, null, null], 'whoever vouches for it')
})

t.test('a draining edge ends connections of TLS as well, those that have said nothing too', async t => {
  const edge = await startSecure(t)
  const { ask, session } = await http2Client(t, `https://127.0.0.1:${edge.port}`, { rejectUnauthorized: false })
  await ask('/')
  const kept = await handshake(t, edge, { ALPNProtocols: ['http/1.1'] })
  const silent = await edge.connect()
  const ends = [session, kept, silent].map(each => new Promise(resolve => each.once('close', resolve)))
  kept.resume()
  silent.resume()
  await edge.drain()
  await Promise.all(ends)
})

t.test('a connection of TLS is one connection, whether it has shaken hands or not', async t => {
  const edge = await startSecure(t, undefined, { settings: { maxConnectionsPerAddress: 2, trustedProxies: [] } })
  const first = await handshake(t, edge, { ALPNProtocols: ['http/1.1'] })
  first.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await once(first, 'data')
  const silent = await edge.connect()
  const closed = new Promise(resolve => silent.resume().once('close', resolve))
  await handshake(t, edge)
  await closed
  t.equal(first.destroyed, false, 'the one that has not asked makes room')
})

t.test('new files are for new connections, and wrong ones for none', async t => {
  const folder = t.testdir()
  const files = { certFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem') }
  const write = (number: 1 | 2): void => {
    copyFileSync(certificate(number), files.certFile)
    copyFileSync(certificate(number, '.key'), files.keyFile)
  }
  write(1)
  const { logger, lines } = recordingLogger()
  const edge = await startSecure(t, { pairs: [files], clientCaFile: null }, { logger, settings: { headersSeconds: 120 } })
  const before = await handshake(t, edge, { ALPNProtocols: ['http/1.1'] })
  t.equal(before.getPeerX509Certificate()!.fingerprint256, fingerprint(1))

  copyFileSync(certificate(2), files.certFile)
  const readiness = async (): Promise<unknown> => (await edge.traffic('127.0.0.1', '/readyz')).json
  await until('the trouble is told', readiness, value => (value as { certificates?: string }).certificates === 'unusable')
  t.ok(lines().some(({ msg }) => msg === 'the certificates cannot be renewed; those before stay'))
  t.equal((await handshake(t, edge)).getPeerX509Certificate()!.fingerprint256, fingerprint(1))
  writeFileSync(files.keyFile, readFileSync(certificate(2, '.key'), 'utf8').slice(0, 100))
  t.equal((await handshake(t, edge)).getPeerX509Certificate()!.fingerprint256, fingerprint(1))

  write(2)
  await until('they are used', async () => (await handshake(t, edge)).getPeerX509Certificate()!.fingerprint256, found => found === fingerprint(2))
  t.strictSame(await readiness(), { status: 'ready' })
  before.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.match(await text(before), /^HTTP\/1\.1 200 /, 'a connection from before goes on')
})

t.test('without anything to show TLS is refused, and all else served', async t => {
  const edge = await startSecure(t, { pairs: [{ certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }], clientCaFile: null })
  await t.rejects(handshake(t, edge))
  t.match(await edge.traffic('127.0.0.1', '/readyz'), { status: 200, json: { status: 'ready', certificates: 'unusable' } })
})
