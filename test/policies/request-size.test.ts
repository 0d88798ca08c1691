import { once } from 'node:events'
import { text as textOf } from 'node:stream/consumers'
import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { converse, host, startProxied } from '../support/upstream.ts'

const plugins = { none: {}, 'request-size': { maxBytes: 10 } }
const head = (fields: string): string => `POST /hello HTTP/1.1\r\nhost: ${host}\r\n${fields}\r\n\r\n`
const chunked = (...chunks: string[]): string => chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')

t.test('what says that it is too long is refused before any of it is sent, wherever it would go', async t => {
  let calls = 0
  const edge = await startEdge(t, { functions: { hello: () => { calls++; return { status: 200, headers: [], body: null } } } })
  edge.addGateway('shop', { plugins, routes: [{ path: '/hello', methods: ['POST'] }] })
  const { edge: proxy } = await startProxied(t, (_request, response) => { calls++; response.end() }, { plugins })
  for (const at of [edge, proxy]) {
    const { closed, received } = await converse(at, head('content-length: 11'))
    await closed
    t.match(received(), /^HTTP\/1\.1 413 [^]*"code":"payload_too_large"/)
  }
  t.equal(calls, 0)
})

t.test('what does not say so is refused as soon as it is', async t => {
  let calls = 0
  const edge = await startEdge(t, { functions: { hello: () => { calls++; return { status: 200, headers: [], body: null } } } })
  edge.addGateway('shop', { plugins, routes: [{ path: '/hello', methods: ['POST'] }] })
  const { closed, received } = await converse(edge, `${head('transfer-encoding: chunked')}${chunked('1234567', '8901')}`)
  await closed
  t.match(received(), /^HTTP\/1\.1 413 [^]*"code":"payload_too_large"/)
  t.equal(calls, 0)
})

t.test('an upstream that has begun to receive it sees no end of it', async t => {
  const begun = Promise.withResolvers<string>()
  const whole = Promise.withResolvers<boolean>()
  const { edge } = await startProxied(t, request => {
    request.on('data', (chunk: Buffer) => begun.resolve(String(chunk))).on('error', () => undefined)
    request.on('close', () => whole.resolve(request.complete))
  }, { plugins })
  const { socket, closed, received } = await converse(edge, `${head('transfer-encoding: chunked')}${chunked('1234567')}`)
  t.equal(await begun.promise, '1234567')
  socket.write(chunked('8901'))
  await closed
  t.match(received(), /^HTTP\/1\.1 413 [^]*"code":"payload_too_large"/)
  t.equal(await whole.promise, false)
})

t.test('what is short enough arrives, however it is sent', async t => {
  const { edge } = await startProxied(t, (request, response) => {
    void textOf(request).then(text => response.end(`${text} ${String(request.headers['content-length'])}`))
  }, { plugins })
  t.match(await edge.traffic(host, '/hello', { method: 'POST', body: '1234567890' }), { status: 200, text: '1234567890 10' })
  const { received, until, socket } = await converse(edge, `${head('transfer-encoding: chunked')}${chunked('12345', '67890', '')}`)
  await until(/\r\n\r\n1234567890 /)
  t.match(received(), /^HTTP\/1\.1 200 /)
  socket.destroy()
  await once(socket, 'close')
})
