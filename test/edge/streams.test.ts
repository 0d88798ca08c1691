import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { Problem } from '#shared/errors.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'
const request = `GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** An edge whose function answers with this stream, and a connection on which it has been asked. */
async function startStreaming (t: Test, body: PassThrough): Promise<{ edge: TestEdge, received: () => string, until: (text: string) => Promise<void>, closed: Promise<unknown>, leave: () => void }> {
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['content-type', 'text/event-stream']], body }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => { received += chunk })
  socket.on('error', () => undefined)
  socket.write(request)
  return {
    edge,
    received: () => received,
    until: async text => { while (!received.includes(text)) await once(socket, 'data') },
    closed: once(socket, 'close'),
    leave: () => { socket.destroy() }
  }
}

t.test('the head goes out at once, each chunk when it is written, and the end is well formed', async t => {
  const body = new PassThrough()
  const { edge, until, received } = await startStreaming(t, body)
  await until('\r\n\r\n')
  t.match(received(), /^HTTP\/1\.1 200 OK\r\n[^]*content-type: text\/event-stream\r\n[^]*Transfer-Encoding: chunked\r\n/)
  t.notMatch(received(), /content-length/i)
  body.write('data: 1\n\n')
  await until('9\r\ndata: 1\n\n\r\n')
  body.write('data: 2\n\n')
  await until('9\r\ndata: 2\n\n\r\n')
  t.notMatch(received(), /\r\n0\r\n/)
  body.end()
  await until('\r\n0\r\n\r\n')
  t.match(await edge.entry(), { status: 200, code: null, bodyBytes: 18 })
})

t.test('a stream that fails is cut off: nothing looks like an end', async t => {
  const body = new PassThrough()
  const { edge, until, received, closed } = await startStreaming(t, body)
  body.write('some')
  await until('some')
  body.destroy(new Problem('function_failed'))
  await closed
  t.notMatch(received(), /\r\n0\r\n\r\n/)
  t.match(await edge.entry(), { status: 200, code: 'function_failed', bodyBytes: 4 })
})

t.test('a client that leaves ends the stream, and is recorded as such', async t => {
  const body = new PassThrough()
  const { edge, until, leave } = await startStreaming(t, body)
  body.write('some')
  await until('some')
  const ended = once(body, 'close')
  leave()
  await ended
  t.match(await edge.entry(), { status: 499, code: 'client_closed', bodyBytes: 4 })
})

t.test('a client that leaves before there is an answer cancels the call', async t => {
  const called = Promise.withResolvers<void>()
  const cancelled = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      hello: async (_call, _fn, cancellation) => {
        if (cancellation !== undefined) cancellation.running = { cancel: cancelled.resolve }
        called.resolve()
        await cancelled.promise
        throw new Problem('function_timeout')
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  socket.write(request)
  await called.promise
  socket.destroy()
  await cancelled.promise
  t.match(await edge.entry(), { status: 499, code: 'client_closed' })
})

t.test('HEAD gets the head, and the function is told that nobody wants the rest', async t => {
  const body = new PassThrough()
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['x-a', '1']], body }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  t.match(await edge.traffic(host, '/hello', { method: 'HEAD' }), { status: 200, text: '', headers: { 'x-a': '1' } })
  t.ok(body.destroyed)
  t.match(await edge.entry(), { status: 200, bodyBytes: 0 })
})

t.test('CORS headers and limits are on it as on any answer', async t => {
  const body = new PassThrough()
  body.end('streamed')
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['vary', 'x-a']], body }) } })
  edge.addGateway('shop', { plugins: { none: {}, cors: { allowOrigins: ['https://app.example'] }, 'limit-count': { count: 5, windowSeconds: 60 } } })
  const answer = await edge.traffic(host, '/hello', { headers: { origin: 'https://app.example' } })
  t.match(answer, { status: 200, text: 'streamed', headers: { 'access-control-allow-origin': 'https://app.example', ratelimit: /r=4/ } })
  t.match(answer.headers.vary, /Origin.*x-a/i)
})

t.test('a client that reads slowly holds the stream back', async t => {
  const body = new PassThrough()
  const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [], body }) } })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  socket.pause()
  socket.write(request)
  const chunk = Buffer.alloc(65_536)
  let written = 0
  // The kernel takes some megabytes; after that nothing does.
  while (body.write(chunk) || await Promise.race([once(body, 'drain').then(() => true), quiet()])) written += chunk.length
  t.ok(written < 40_000_000, `${written} bytes were taken`)
  body.end()
  socket.resume()
  await edge.entry()
})

t.test('a draining edge lets streams go on for a while, then cuts them off', async t => {
  const body = new PassThrough()
  const { edge, until, received, closed } = await startStreaming(t, body)
  body.write('before')
  await until('before')
  const ended = once(body, 'close')
  const drained = edge.drain(1_000)
  body.write('after')
  await until('after')
  await closed
  await drained
  await ended
  t.notMatch(received(), /\r\n0\r\n\r\n/)
  t.match(await edge.entry(), { status: 499, code: 'client_closed' })
})

/** Nothing says that nothing more will be taken. */
async function quiet (): Promise<false> {
  return await new Promise(resolve => { setTimeout(resolve, 500, false) })
}
