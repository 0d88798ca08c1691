import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import { converse, host, startProxied } from '../support/upstream.ts'
import { writeUntilFull } from '../support/write-until-full.ts'

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const upload = `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`
const get = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** A listener that hands each request over to the test. */
function takeRequests (): { listener: (request: IncomingMessage, response: ServerResponse) => void, next: Promise<[IncomingMessage, ServerResponse]> } {
  const { promise, resolve } = Promise.withResolvers<[IncomingMessage, ServerResponse]>()
  return { listener: (...exchange) => resolve(exchange), next: promise }
}

t.test('both bodies go through as they are written', async t => {
  const { listener, next } = takeRequests()
  const { edge } = await startProxied(t, listener)
  const { socket, until, received } = await converse(edge, `${upload}${chunk('one')}`)
  const [request, response] = await next
  t.equal(request.headers['transfer-encoding'], 'chunked')
  t.equal(String((await once(request, 'data'))[0]), 'one', 'the client has not ended')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  await until('\r\n\r\n')
  t.match(received(), /^HTTP\/1\.1 200 OK\r\n[^]*Transfer-Encoding: chunked/i)
  response.write('first')
  await until(chunk('first'))
  socket.write(chunk('two'))
  t.equal(String((await once(request, 'data'))[0]), 'two', 'the answer has begun')
  response.write('second')
  await until(chunk('second'))
  socket.write('0\r\n\r\n')
  await once(request, 'end')
  response.end()
  await until('0\r\n\r\n')
  t.match(await edge.entry(), { status: 200, code: null, bodyBytes: 11 })
})

t.test('a length that the client says is said to the upstream', async t => {
  const { edge, target } = await startProxied(t, (request, response) => { request.resume().on('end', () => response.end('ok')) })
  t.match(await edge.traffic(host, '/', { method: 'PUT', body: 'x'.repeat(100_000), headers: { 'content-type': 'no type at all' } }), { status: 200 })
  t.match(target.requests[0]!.headers, { 'content-length': '100000', 'transfer-encoding': undefined, 'content-type': 'no type at all' })
  t.match(await edge.traffic(host, '/', { method: 'POST' }), { status: 200 })
  t.equal(target.requests[1]!.headers['content-length'], '0')
})

t.test('who does not read holds the writer up, in both directions', async t => {
  const { listener, next } = takeRequests()
  const { edge } = await startProxied(t, listener)
  const { socket } = await converse(edge, `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000000\r\n\r\nx`)
  const [request, response] = await next
  const written = await writeUntilFull(data => socket.write(data), socket)
  t.ok(written < 1e8, `a client could write ${written} bytes that nobody reads`)
  socket.pause()
  response.writeHead(200, { 'content-length': 1e9 })
  const answered = await writeUntilFull(data => response.write(data), response)
  t.ok(answered < 1e8, `an upstream could write ${answered} bytes that nobody reads`)
  request.resume()
  await once(socket, 'drain')
  t.pass('and goes on when somebody does')
  socket.resume()
  await once(response, 'drain')
  t.pass('in the other direction, too')
  socket.destroy()
})

t.test('a client that leaves takes its request along', async t => {
  const { listener, next } = takeRequests()
  const { edge } = await startProxied(t, listener)
  const { socket, until } = await converse(edge, get)
  const [request, response] = await next
  response.write('some')
  await until('some')
  socket.destroy()
  await once(request.socket, 'close')
  t.match(await edge.entry(), { status: 499, code: 'client_closed', bodyBytes: 4 })
  t.strictSame(edge.told, [])
})

t.test('one that leaves in the middle of its body, too', async t => {
  const { listener, next } = takeRequests()
  const { edge } = await startProxied(t, listener)
  const { socket } = await converse(edge, `${upload}${chunk('one')}`)
  const [request] = await next
  await once(request, 'data')
  request.on('error', () => undefined)
  const cut = new Promise(resolve => request.socket.once('close', resolve))
  socket.destroy()
  await cut
  t.match(await edge.entry(), { status: 499, code: 'client_closed' })
})

t.test('an answer that breaks off is cut off: nothing looks like an end', async t => {
  for (const [head, version] of [[{}, '1.1'], [{ 'content-length': 10 }, '1.1'], [{}, '1.0']] as const) {
    const { listener, next } = takeRequests()
    const { edge } = await startProxied(t, listener)
    const { socket, until, received, closed } = await converse(edge, get.replace('HTTP/1.1', `HTTP/${version}`))
    const errors: unknown[] = []
    socket.on('error', error => errors.push(error))
    const [, response] = await next
    response.writeHead(200, head)
    response.write('some')
    await until('some')
    response.socket!.destroy()
    await closed
    t.notMatch(received(), /\r\n0\r\n\r\n/)
    if (version === '1.0') t.match(errors, [{ code: 'ECONNRESET' }], 'the end of the connection is no end of the answer')
    t.match(await edge.entry(), { status: 200, code: 'upstream_failed', bodyBytes: 4 })
    t.match(edge.told, [{ functionName: 'proxied', message: /^The upstream origin: .* closed the connection before the response was complete$/, fields: { code: 'upstream_failed' } }])
  }
})

t.test('an answer before the end of the upload ends the connection', async t => {
  const { edge } = await startProxied(t, (_request, response) => { response.writeHead(413, { connection: 'close' }).end('enough') })
  const { closed, received } = await converse(edge, `${upload}${chunk('one')}`)
  await closed
  t.match(received(), /^HTTP\/1\.1 413 [^]*connection: close[^]*enough/i)
  t.match(await edge.traffic(host, '/'), { status: 413 }, 'others go on')
})

t.test('what is behind a GET is nobody\'s', async t => {
  const { edge, target } = await startProxied(t, (_request, response) => { response.end('ok') })
  const { until } = await converse(edge, `GET /a HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\n\r\nbody${get}`)
  await until(/ok[^]*ok/)
  t.strictSame(target.requests.map(({ headers }) => headers['content-length']), [undefined, undefined])
})
