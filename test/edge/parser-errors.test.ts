import { once } from 'node:events'
import t from 'tap'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('what the parser refuses gets a problem, and the connection ends', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/hello', methods: ['GET', 'POST'] }] })
  const head = `POST /hello HTTP/1.1\r\nHost: ${host}\r\n`
  const refused: Record<string, string> = {
    'no HTTP at all': '\x16\x03\x01\x02\x00',
    'two lengths': `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    'a length and chunks': `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a length that is none': `${head}Content-Length: +1\r\n\r\na`,
    'space before the colon': `GET /hello HTTP/1.1\r\nHost : ${host}\r\n\r\n`,
    'a folded line': `GET /hello HTTP/1.1\r\nHost: ${host}\r\nX: a\r\n b\r\n\r\n`,
    'a bare line feed': `GET /hello HTTP/1.1\nHost: ${host}\n\n`
  }
  for (const [name, bytes] of Object.entries(refused)) {
    const answer = await edge.raw(bytes)
    t.match(answer, /^HTTP\/1\.1 400 [^]*Content-Type: application\/problem\+json\r\n[^]*Connection: close\r\n\r\n\{[^]*"code":"malformed_request"/, name)
    t.equal(answer.split('HTTP/1.1 ').length, 2, `one answer: ${name}`)
  }
  t.match(await edge.raw(`GET /hello HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 [^]*headers_too_large/)
  t.match(await edge.raw(`GET /hello\r\nHost: ${host}\r\n\r\n`), /^HTTP\/1\.1 400 [^]*malformed_request/, 'HTTP/0.9')
  t.match(await edge.raw(`POST /hello HTTP/1.0\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), /^HTTP\/1\.1 400 [^]*malformed_request/)
})

t.test('rubbish behind a request is not taken for its answer', async t => {
  const called = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    functions: {
      hello: async () => {
        called.resolve()
        return await new Promise(() => {})
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  let received = ''
  socket.on('data', chunk => { received += String(chunk) })
  socket.on('error', () => {})
  socket.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await called.promise
  socket.write('rubbish\r\n\r\n')
  await once(socket, 'close')
  t.equal(received, '')
})

t.test('a good answer, and then a bad request on the same connection', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', { plugins: { none: {} } })
  const socket = await edge.connect()
  socket.setEncoding('latin1')
  socket.write(`GET /hello HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  t.match((await once(socket, 'data'))[0], /^HTTP\/1\.1 200 /)
  socket.write('rubbish\r\n\r\n')
  t.match((await once(socket, 'data'))[0], /^HTTP\/1\.1 400 /)
  await once(socket, 'close')
})
