import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import t, { type Test } from 'tap'
import { startTarget } from '../support/egress.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { converse, host, startProxy, startRawTarget } from '../support/upstream.ts'
import { startEcho } from '../support/websocket-echo.ts'

const handshake = (more = ''): string =>
  `GET /chat HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`
/** RFC 6455, section 1.3: of that key. */
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

function open (t: Test, edge: TestEdge, path = '/', options: ClientOptions = {}, protocols: string[] = []): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${edge.port}${path}`, protocols, { ...options, headers: { host, ...options.headers } })
  t.teardown(() => socket.terminate())
  return socket
}

t.test('messages go both ways, large ones too, until one side closes', async t => {
  const { url, server } = await startEcho(t, { handleProtocols: () => 'chat.v2' })
  const edge = await startProxy(t, url)
  const socket = open(t, edge, '/room?a=b', {}, ['chat.v1', 'chat.v2'])
  const [request] = (await Promise.all([once(server, 'connection'), once(socket, 'open')]))[0].slice(1)
  t.match(request, { url: '/room?a=b', headers: { 'x-forwarded-host': host, 'x-request-id': String, via: '1.1 imprun' } })
  t.equal(socket.protocol, 'chat.v2')
  for (const message of ['one', 'x'.repeat(1_000_000)]) {
    socket.send(message)
    const [data] = await once(socket, 'message')
    t.equal(String(data), message)
  }
  socket.close(1000)
  t.strictSame((await once(socket, 'close'))[0], 1000)
  const entry = await edge.entry()
  t.match(entry, { status: 101, code: null, upstream: 'origin', path: '/room' })
  t.ok(entry.bodyBytes > 1_000_000)
})

t.test('a close of the upstream is the client\'s, and so is its end', async t => {
  const { url } = await startEcho(t)
  const edge = await startProxy(t, url)
  const closed = open(t, edge, '/close')
  t.strictSame((await once(closed, 'close')).map(String), ['4001', 'enough'])
  const dropped = open(t, edge, '/drop')
  dropped.on('error', () => undefined)
  t.equal((await once(dropped, 'close'))[0], 1006)
})

t.test('a client that leaves takes its connection along', async t => {
  const { url, server } = await startEcho(t)
  const edge = await startProxy(t, url)
  const socket = open(t, edge)
  const [[atUpstream]] = await Promise.all([once(server, 'connection'), once(socket, 'open')]) as [[WebSocket], unknown]
  socket.terminate()
  await once(atUpstream, 'close')
  t.match(await edge.entry(), { status: 101 })
})

t.test('it goes through all stages: what they refuse is an answer, and ends the connection', async t => {
  const { url, server } = await startEcho(t)
  const upstreams = { origin: { url, timeouts: { connectMs: 1_000, firstByteMs: 5_000, totalMs: 5_000 } } }
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { cors: { allowOrigins: ['https://app.example'] }, 'limit-count': { count: 2, windowSeconds: 60 } },
    upstreams,
    routes: [{ path: '/ws', upstream: { name: 'origin' } }, { path: '/fn' }]
  })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const ask = async (path: string, headers = ''): Promise<string> => await edge.raw(handshake(headers).replace('/chat', path))
  t.match(await ask('/ws'), /^HTTP\/1\.1 401 [^]*connection: close[^]*api_key_missing/i)
  t.match(await ask('/ws', `x-api-key: ${key}\r\nOrigin: https://evil.example\r\n`), /^HTTP\/1\.1 403 [^]*origin_denied/)
  t.match(await ask('/fn', `x-api-key: ${key}\r\n`), /^HTTP\/1\.1 501 [^]*websocket_unsupported/)
  t.match(await ask('/ws', `x-api-key: ${key}\r\n`), /^HTTP\/1\.1 429 /)
  t.equal(server.clients.size, 0)
  edge.clock.set(edge.clock.now() + 61_000)
  const socket = open(t, edge, '/ws', { headers: { 'x-api-key': key, origin: 'https://app.example' } })
  const [[, request]] = await Promise.all([once(server, 'connection'), once(socket, 'open')])
  t.equal(request.headers['x-api-key'], undefined)
})

t.test('a handshake that is none goes no further', async t => {
  const { url, server } = await startEcho(t)
  const edge = await startProxy(t, url)
  t.match(await edge.raw(handshake().replace('Version: 13', 'Version: 8')), /^HTTP\/1\.1 426 [^]*sec-websocket-version: 13/i)
  t.match(await edge.raw(handshake().replace(/Key: [^\r]*/, 'Key: short')), /^HTTP\/1\.1 400 /)
  t.match(await edge.raw(`${handshake('Content-Length: 5\r\n')}GET /`), /^HTTP\/1\.1 400 /)
  t.equal(server.clients.size, 0)
  const { until, socket } = await converse(edge, handshake().replace('Upgrade: websocket', 'Upgrade: h2c'))
  await until(/HTTP\/1\.1 \d+/)
  socket.destroy()
})

t.test('nothing goes on but behind a true 101', async t => {
  let answer = ''
  const seen: string[] = []
  const upstream = await startRawTarget(t, socket => socket.on('data', (data: Buffer) => {
    seen.push(String(data))
    if (seen.length === 1) socket.write(answer)
  }))
  const edge = await startProxy(t, upstream)
  const smuggled = `GET /secret HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  const answers = [
    ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 502],
    [`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept.replace('s3', 'S3')}\r\n\r\n`, 502],
    [`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`, 502],
    [`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: other\r\n\r\n`, 502],
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 200],
    ['HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno', 426]
  ] as const
  for (const [text, status] of answers) {
    answer = text
    seen.length = 0
    const received = await edge.raw(handshake() + smuggled)
    t.match(received, new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close`, 'i'), text)
    t.equal(received.split('HTTP/1.1 ').length, 2, 'one answer, and the connection ends')
    t.notMatch(seen.join(''), /secret/)
  }
})

t.test('what comes right behind a handshake goes on, and a 101 that nobody has asked for is a failure', async t => {
  const seen: string[] = []
  const upstream = await startRawTarget(t, socket => socket.on('data', (data: Buffer) => {
    seen.push(String(data))
    if (seen.length === 1) socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nContent-Length: 3\r\n\r\nfirst`)
    else socket.end('last')
  }))
  const edge = await startProxy(t, upstream)
  const received = await edge.raw(`${handshake()}early`)
  t.match(received, /^HTTP\/1\.1 101 Switching Protocols\r\n[^]*\r\n\r\nfirstlast$/)
  t.notMatch(received, /content-length/i)
  t.equal(seen.slice(1).join(''), 'early')
  const unasked = await startProxy(t, await startRawTarget(t, socket => socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'))))
  t.match(await unasked.traffic(host, '/'), { status: 502, json: { code: 'upstream_failed' } })
})

t.test('it ends with its key where streams do, with silence, and with the worker', async t => {
  const { url } = await startEcho(t)
  const edge = await startEdge(t, { settings: { clientStallSeconds: 1 } })
  const begin = (idleMs: number): void => edge.addGateway('shop', {
    plugins: { 'key-auth': { cutStreams: true } },
    upstreams: { origin: { url, timeouts: { connectMs: 1_000, firstByteMs: 5_000, totalMs: 100, idleMs } } },
    routes: [{ path: '/ws', upstream: { name: 'origin' } }]
  })
  begin(60_000)
  const key = edge.addClient('shop', 'prod', 'mobile')
  const connect = async (): Promise<WebSocket> => {
    const socket = open(t, edge, '/ws', { headers: { 'x-api-key': key } })
    await once(socket, 'open')
    socket.on('error', () => undefined)
    return socket
  }
  const silent = await connect()
  // Longer than answers may take, and than clients may stall.
  await new Promise(resolve => setTimeout(resolve, 2_500))
  silent.send('still here')
  t.equal(String((await once(silent, 'message'))[0]), 'still here')
  const revoked = once(silent, 'close')
  edge.addClient('shop', 'prod', 'mobile', { key, enabled: false })
  t.equal((await revoked)[0], 1006)
  t.match(await edge.entry(), { status: 101, code: 'api_key_disabled' })
  edge.addClient('shop', 'prod', 'mobile', { key })
  begin(50)
  const idle = await connect()
  await once(idle, 'close')
  t.match(await edge.entry(), { status: 101, code: 'upstream_timeout' })
  begin(60_000)
  const last = await connect()
  const ended = once(last, 'close')
  await edge.drain(100)
  await ended
  t.match(await edge.entry(), { status: 101 })
})

t.test('a target that cannot be reached is passed over', async t => {
  const dropping = await startTarget(t, (_request, response) => response.socket!.destroy())
  dropping.server.on('upgrade', (_request, socket) => socket.destroy())
  const { url } = await startEcho(t)
  const edge = await startProxy(t, [{ url: dropping.origin, weight: 1 }, { url, weight: 1 }])
  for (let n = 0; n < 2; n++) {
    const socket = open(t, edge)
    await once(socket, 'open')
    socket.close()
  }
})
