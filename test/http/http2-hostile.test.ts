import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { endHeaders, endStream, fields, frame, frameTypes, preface, readFrames, request, uint32, type Frame } from '../support/http2-frames.ts'
import { http2Client } from '../support/http2-client.ts'
import { host, startProxied } from '../support/upstream.ts'

type Fields = Array<readonly [string, string]>

const settings = { h2c: true }
const get: Fields = [[':method', 'GET'], [':path', '/'], [':scheme', 'http'], [':authority', host]]
const post: Fields = [[':method', 'POST'], ...get.slice(1)]

async function start (t: Test, more: Parameters<typeof startEdge>[1] = {}): Promise<TestEdge> {
  const edge = await startEdge(t, { ...more, settings: { ...settings, ...more.settings } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/', methods: ['GET', 'POST'] }] })
  return edge
}

interface Frames {
  socket: Socket
  until: (isThere: (frame: Frame) => boolean) => Promise<Frame>
  /** All that came until the connection was closed. */
  closed: Promise<Frame[]>
}

/** A connection on which these frames are sent behind the preface. */
async function speak (t: Test, edge: TestEdge, ...sent: Buffer[]): Promise<Frames> {
  const socket = await edge.connect()
  t.teardown(() => socket.destroy())
  let received: Buffer = Buffer.alloc(0)
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => { received = Buffer.concat([received, chunk]) })
  const closed = new Promise<Frame[]>(resolve => socket.once('close', () => resolve(readFrames(received))))
  socket.write(Buffer.concat([preface, ...sent]))
  const until = async (isThere: (frame: Frame) => boolean): Promise<Frame> => await new Promise((resolve, reject) => {
    const look = (): void => {
      const found = readFrames(received).find(isThere)
      if (found !== undefined) resolve(found)
    }
    socket.on('data', look).once('close', () => reject(new Error('the connection was closed')))
    look()
  })
  return { socket, until, closed }
}

const isReset = (stream: number) => ({ type, stream: of }: Frame): boolean => type === frameTypes.reset && of === stream
const isGoaway = ({ type }: Frame): boolean => type === frameTypes.goaway

t.test('streams that are reset as soon as they are opened end the connection (CVE-2023-44487)', async t => {
  const edge = await start(t)
  const { closed } = await speak(t, edge, ...Array.from({ length: 1_000 }, (_, index) => Buffer.concat([request(2 * index + 1, get), frame('reset', 0, 2 * index + 1, uint32(8))])))
  t.ok((await closed).some(isGoaway))
  t.match(await edge.traffic(host, '/'), { status: 200 }, 'others go on')
})

t.test('a head without end ends the connection (CONTINUATION flood)', async t => {
  const edge = await start(t)
  const { closed } = await speak(t, edge, frame('headers', 0, 1, fields(get)), ...Array.from({ length: 1_000 }, () => frame('continuation', 0, 1, fields([['x', 'y'.repeat(1_000)]]))))
  await closed
  t.match(await edge.traffic(host, '/'), { status: 200 })
})

t.test('floods of settings, pings and empty frames end the connection', async t => {
  const edge = await start(t)
  const floods = [frame('settings', 0, 0), frame('ping', 0, 0, '12345678')]
  for (const each of floods) {
    const socket = await edge.connect()
    socket.on('error', () => undefined)
    // Nothing of the answers is read.
    socket.pause()
    const closed = new Promise(resolve => socket.once('close', resolve))
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => each))
    const write = (): void => { while (!socket.destroyed && socket.write(many)); }
    socket.on('drain', write)
    socket.write(preface)
    write()
    await closed
  }
  t.match(await edge.traffic(host, '/'), { status: 200 })
})

t.test('headers that grow when they are unpacked are refused (HPACK bomb)', async t => {
  const edge = await start(t)
  // One entry of the dynamic table, named again and again: one byte each.
  const entry = Buffer.concat([Buffer.of(0x40), Buffer.concat([Buffer.of(1), Buffer.from('x'), Buffer.of(127, 0xa1, 0x1e), Buffer.alloc(4_000, 'y')])])
  const { until, socket } = await speak(t, edge, frame('headers', endHeaders | endStream, 1, Buffer.concat([fields(get), entry, Buffer.alloc(1_000, 0xbe)])))
  const answer = await until(({ stream, type }) => stream === 1 && (type === frameTypes.reset || type === frameTypes.headers)).catch(() => null)
  t.ok(answer === null || answer.type === frameTypes.reset || socket.destroyed, 'no function is called')
  t.match(await edge.traffic(host, '/'), { status: 200 })
})

t.test('as many fields as over HTTP/1.1', async t => {
  const edge = await start(t)
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  const many = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'y']))
  t.match(await ask('/', many(99)), { status: 200 })
  t.match(await ask('/', many(101)), { status: 431 })
})

t.test('what is said of a request twice, and differs, is refused', async t => {
  const edge = await start(t)
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  t.match(await ask('/', { host }), { status: 200 })
  t.match(await ask('/', { host: 'other.api.localhost' }), { status: 400, text: /host_invalid/ })
  t.match(await ask('http://other.api.localhost/'), { status: 0 }, 'a target in absolute form is HTTP/1\'s alone')
  t.match(await ask('*', { ':method': 'OPTIONS' }), { status: 400 })
  for (const path of ['/a/../b', '//a', '/a%2e/../b', '/%2e%2e/a', '/a\\b', '/a#b']) t.match(await ask(path), { status: 400, text: /malformed_request/ }, path)
})

t.test('lengths and codings do not end a request anywhere but where it ends (h2.CL, h2.TE)', async t => {
  const { edge, target } = await startProxied(t, (incoming, response) => { incoming.resume().on('end', () => response.end('ok')) }, { settings })
  const cases: Array<[name: string, Fields, body: string]> = [
    ['shorter', [...post, ['content-length', '0']], 'GET /smuggled HTTP/1.1\r\n\r\n'],
    ['longer', [...post, ['content-length', '100']], 'body'],
    ['twice', [...post, ['content-length', '4'], ['content-length', '5']], 'body'],
    ['no number', [...post, ['content-length', '+4']], 'body'],
    ['chunked', [...post, ['transfer-encoding', 'chunked']], '0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n'],
    ['connection', [...post, ['connection', 'transfer-encoding']], 'body'],
    ['upgrade', [...post, ['upgrade', 'h2c']], 'body'],
    ['upper case', [...post, ['Transfer-Encoding', 'chunked']], 'body'],
    ['a space in the path', [[':method', 'POST'], [':path', '/ HTTP/1.1\r\nx: y'], ...post.slice(2)], 'body'],
    ['a line break in the method', [[':method', 'POST / HTTP/1.1\r\nx: y'], ...post.slice(1)], 'body'],
    ['no path', post.filter(([name]) => name !== ':path'), 'body'],
    ['two paths', [...post.slice(0, 2), [':path', '/b'], ...post.slice(2)], 'body'],
    ['a pseudo header behind a field', [[':method', 'POST'], ['x', 'y'], ...post.slice(1)], 'body'],
    ['one that nobody knows', [...post, [':other', 'x']], 'body']
  ]
  for (const [name, list, body] of cases) {
    const { until, socket } = await speak(t, edge, request(1, list, endHeaders), frame('data', endStream, 1, body))
    const end = await until(found => isReset(1)(found) || isGoaway(found) || (found.type === frameTypes.headers && found.stream === 1))
    t.not(end.type, frameTypes.headers, name)
    socket.destroy()
  }
  t.match(await edge.traffic(host, '/', { method: 'POST', body: 'body' }), { status: 200, text: 'ok' })
  const seen = target.requests.filter(({ complete }) => complete)
  t.strictSame(seen.map(({ url }) => url), ['/'], 'none of them came to the upstream as a whole')
})

t.test('fields that are none of HTTP go no further', async t => {
  const { edge, target } = await startProxied(t, (incoming, response) => { incoming.resume().on('end', () => response.end('ok')) }, { settings })
  const odd: Fields = [['x', 'a\r\ntransfer-encoding: chunked'], ['x: a\r\ny', 'b'], ['x: chunked', 'b'], ['x', 'a\0b'], ['x', 'a\nb'], ['x y', 'b']]
  for (const [index, field] of odd.entries()) {
    const { until, socket } = await speak(t, edge, request(1, [...post, field, ['sound', 'yes']], endHeaders), frame('data', endStream, 1, 'body'))
    await until(({ stream, flags }) => stream === 1 && (flags & endStream) !== 0)
    socket.destroy()
    const { headers } = target.requests[index]!
    t.match(headers, { sound: 'yes', 'transfer-encoding': 'chunked' }, JSON.stringify(field))
    t.strictSame(Object.keys(headers).filter(name => /^(?:x|y|x y)$|:/.test(name)), [])
  }
})

t.test('who does not read is cut off, and so is who does not send', async t => {
  const edge = await start(t, {
    settings: { clientStallSeconds: 1 }, functions: { hello: ({ method }) => ({ status: 200, headers: [], body: method === 'GET' ? 'x'.repeat(1_000_000) : '' }) }
  })
  const reader = await speak(t, edge, request(1, get))
  // The window is never opened again; what moves otherwise does not count.
  await reader.until(isReset(1))
  const writer = await speak(t, edge, request(1, post, endHeaders), frame('data', 0, 1, 'part'))
  await writer.until(({ stream, type }) => stream === 1 && type === frameTypes.headers)
  t.match(await edge.entry(), { status: 499 })
  t.match(await edge.entry(), { status: 408, code: 'request_timeout' })
})

t.test('more requests at a time than there may be are refused, and no function sees them', async t => {
  let running = 0
  let most = 0
  const edge = await start(t, {
    functions: {
      hello: async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return { status: 200, headers: [], body: '' }
      }
    }
  })
  const { session } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  t.equal(session.remoteSettings.maxConcurrentStreams, 100)
  const { closed, socket } = await speak(t, edge, ...Array.from({ length: 150 }, (_, index) => request(2 * index + 1, get)))
  socket.end()
  t.ok((await closed).length > 0)
  t.ok(most <= 100, `${most} at a time`)
})

t.test('who begins to speak HTTP/2 and goes no further has as long as for a head', async t => {
  const edge = await start(t, { settings: { headersSeconds: 1 } })
  for (const bytes of [preface, preface.subarray(0, 10), Buffer.from('P')]) {
    const socket = await edge.connect()
    socket.on('error', () => undefined).resume()
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.write(bytes)
    await closed
  }
  t.match(await edge.traffic(host, '/'), { status: 200 })
})
