import { once } from 'node:events'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import t, { type Test } from 'tap'
import type { TestEdge } from '../support/edge.ts'
import { http2Client } from '../support/http2-client.ts'
import { host, startProxy } from '../support/upstream.ts'
import { startEcho } from '../support/websocket-echo.ts'

const file = (name: string): string => path.join(import.meta.dirname, '..', 'support', 'tls', `localhost-1${name}.pem`)
const settings = { dataTls: { pairs: [{ certFile: file(''), keyFile: file('.key') }], clientCaFile: null } }

/** @param protocols by ALPN; none: it says nothing of it */
async function open (t: Test, edge: TestEdge, protocols: string[]): Promise<{ socket: WebSocket, alpn: string | false | null }> {
  let below: TLSSocket | null = null
  const socket = new WebSocket(`wss://${host}:${edge.port}/room`, {
    createConnection: () => below = connect({ port: edge.port, host: '127.0.0.1', servername: host, rejectUnauthorized: false, ALPNProtocols: protocols })
  })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return { socket, alpn: below!.alpnProtocol }
}

t.test('a WebSocket is spoken over TLS, by who asks for HTTP/1.1 or for nothing, at the port that offers HTTP/2', async t => {
  const { url, server } = await startEcho(t)
  const edge = await startProxy(t, url, { settings })
  for (const [protocols, alpn] of [[['http/1.1'], 'http/1.1'], [[], false]] as const) {
    const connected = once(server, 'connection')
    const opened = await open(t, edge, [...protocols])
    t.equal(opened.alpn, alpn)
    const [, request] = await connected
    t.match(request, { url: '/room', headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': String, via: '1.1 imprun' } })
    for (const message of ['one', 'x'.repeat(1_000_000)]) {
      opened.socket.send(message)
      t.equal(String((await once(opened.socket, 'message'))[0]), message)
    }
    opened.socket.close(1000)
    t.equal((await once(opened.socket, 'close'))[0], 1000)
    t.match(await edge.entry(), { status: 101, code: null, upstream: 'origin' })
  }
})

t.test('a client that leaves takes its connection along, and a worker that drains ends it', async t => {
  const { url, server } = await startEcho(t)
  const edge = await startProxy(t, url, { settings })
  const connected = once(server, 'connection')
  const leaving = await open(t, edge, ['http/1.1'])
  const [atUpstream] = await connected as [WebSocket]
  const left = once(atUpstream, 'close')
  leaving.socket.terminate()
  await left
  t.match(await edge.entry(), { status: 101 })
  const staying = await open(t, edge, ['http/1.1'])
  const ended = once(staying.socket, 'close')
  staying.socket.on('error', () => undefined)
  await edge.drain(100)
  await ended
  t.match(await edge.entry(), { status: 101 })
})

t.test('over HTTP/2 none is offered, and who asks for one all the same has the connection left', async t => {
  const { url, server } = await startEcho(t)
  const edge = await startProxy(t, url, { settings })
  const { session, ask } = await http2Client(t, `https://127.0.0.1:${edge.port}`, { rejectUnauthorized: false })
  if (session.remoteSettings.maxConcurrentStreams === undefined) await once(session, 'remoteSettings')
  t.not(session.remoteSettings.enableConnectProtocol, true, 'RFC 8441, section 3')
  t.match(await ask('/room', { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', 'sec-websocket-version': '13' }), { status: 0, errorCode: 1 })
  t.match(await ask('/room'), { status: 426 }, 'what the upstream has answered')
  t.equal(server.clients.size, 0)
})
