import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { http2Client } from '../support/http2-client.ts'
import { endHeaders, frame, preface, request, uint32 } from '../support/http2-frames.ts'
import { host, startProxied } from '../support/upstream.ts'

const settings = { h2c: true }

t.test('a function sees the same request as over HTTP/1.1', async t => {
  const edge = await startEdge(t, { settings })
  edge.addGateway('shop', { routes: [{ path: '/users/:id', methods: ['GET', 'POST'] }] })
  const key = edge.addClient('shop', 'prod', 'mobile')
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  const answer = await ask('/users/7?q=1', { 'x-api-key': key, cookie: 'a=b; c=d' })
  t.match(answer, { status: 200, headers: { 'content-type': 'application/json', 'x-request-id': String } })
  const seen = JSON.parse(answer.text) as { headers: Record<string, string> }
  t.match(seen, { method: 'GET', path: '/users/7', query: 'q=1', url: `http://${host}/users/7?q=1`, params: { id: '7' }, headers: { host, cookie: 'a=b; c=d' }, body: null })
  t.strictSame(Object.keys(seen.headers).filter(name => name.startsWith(':') || name === 'x-api-key'), [])
  t.match(JSON.parse((await ask('/users/7', { 'x-api-key': key }, 'body')).text), { method: 'POST', body: 'body' })
  t.match(JSON.parse((await ask('/users/7', { 'x-api-key': key, 'content-length': 4, 'content-type': 'text/plain' }, 'body')).text), { method: 'POST', body: 'body' })
  t.match(await ask('/users/7'), { status: 401 })
  t.match(await ask('/nowhere', { 'x-api-key': key }), { status: 404 })
  t.match(await ask('/users/7', { ':authority': 'nobody.api.localhost' }), { status: 404, text: /host_unknown/ })
  t.match(await edge.entry(), { status: 200, path: '/users/7', clientId: 'mobile' })
  t.match(await edge.traffic(host, '/users/7', { key }), { status: 200 }, 'HTTP/1.1 is spoken at the same port')
  t.match(await edge.raw(`PUT /users/7 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 401/, 'also what begins with the same letter')
})

t.test('HEAD, OPTIONS, and answers without a body', async t => {
  const edge = await startEdge(t, { settings, functions: { hello: () => ({ status: 204, headers: [['x-own', '1'], ['connection', 'close']], body: null }) } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/a', methods: ['GET', 'OPTIONS'] }] })
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  for (const method of ['GET', 'HEAD', 'OPTIONS']) t.match(await ask('/a', { ':method': method }), { status: 204, text: '', headers: { 'x-own': '1' }, errorCode: 0 }, method)
  t.match(await ask('/a', { ':method': 'DELETE' }), { status: 405, headers: { allow: 'GET, OPTIONS, HEAD' } })
})

t.test('bodies stream both ways to an upstream, with trailers for who takes them', async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    response.writeHead(200, { 'set-cookie': ['a=b', 'c=d'], trailer: 'x-sum' })
    request.on('data', (chunk: Buffer) => { response.write(chunk) }).on('end', () => {
      response.addTrailers({ 'x-sum': '1' })
      response.end()
    })
  }, { settings })
  const { ask, session } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  t.match(await ask('/a;b/%2F?c', { te: 'trailers' }, 'x'.repeat(300_000)), { status: 200, text: /^x{300000}$/, headers: { 'set-cookie': ['a=b', 'c=d'] }, trailers: { 'x-sum': '1' } })
  t.match(target.requests[0]!, { url: '/a;b/%2F?c', headers: { 'transfer-encoding': 'chunked', via: '2.0 imprun', 'x-forwarded-host': host } })
  t.strictSame((await ask('/', {}, 'x')).trailers, {})
  const stream = session.request({ ':path': '/', ':method': 'POST', ':authority': host })
  stream.write('one')
  await once(stream, 'response')
  t.equal(String((await once(stream, 'data'))[0]), 'one', 'the upload has not ended')
  stream.end('two')
  t.equal(String((await once(stream, 'data'))[0]), 'two')
})

t.test('an upload that is broken off is no whole one', async t => {
  const ends: boolean[] = []
  const { edge, target } = await startProxied(t, request => {
    request.on('error', () => undefined).on('close', () => ends.push(request.complete))
  }, { settings })
  const endings = [(socket: Socket) => socket.write(frame('reset', 0, 1, uint32(8))), (socket: Socket) => socket.write(frame('reset', 0, 1, uint32(0))), (socket: Socket) => socket.destroy()]
  for (const end of endings) {
    const asked = once(target.server, 'request')
    const socket = await edge.connect()
    socket.on('error', () => undefined)
    socket.write(Buffer.concat([preface, request(1, [[':method', 'POST'], [':path', '/'], [':scheme', 'http'], [':authority', host]], endHeaders), frame('data', 0, 1, 'part')]))
    const [upload] = await asked as [IncomingMessage]
    const closed = new Promise(resolve => upload.once('close', resolve))
    await once(upload, 'data')
    end(socket)
    await closed
    t.match(await edge.entry(), { status: 499, code: 'client_closed' })
    socket.destroy()
  }
  t.strictSame(ends, [false, false, false])
})

t.test('an answer that breaks off is reset', async t => {
  const { edge } = await startProxied(t, (_request, response) => {
    response.write('some', () => response.destroy())
  }, { settings })
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  t.match(await ask('/'), { status: 200, text: 'some', errorCode: 2 })
  t.match(await edge.entry(), { status: 200, code: 'upstream_failed' })
})

t.test('what a function does not take is not uploaded to its end', async t => {
  const edge = await startEdge(t, { settings })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/', methods: ['POST'] }] })
  const { ask, session } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  const stream = session.request({ ':path': '/', ':method': 'POST', ':authority': host })
  const answered = once(stream, 'response')
  const closed = new Promise(resolve => stream.once('close', resolve))
  stream.resume().on('error', () => undefined)
  const write = (): void => { while (!stream.destroyed && stream.write(Buffer.alloc(100_000))); }
  stream.on('drain', write)
  write()
  t.match((await answered)[0], { ':status': 413 })
  await closed
  t.match(await ask('/', {}, 'x'), { status: 200 }, 'the connection goes on')
})

t.test('a large answer is sent as fast as it is read', async t => {
  const edge = await startEdge(t, { settings, functions: { hello: () => ({ status: 200, headers: [], body: 'x'.repeat(20_000_000) }) } })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/' }] })
  const { ask } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  t.equal((await ask('/')).text.length, 20_000_000)
})

t.test('100 Continue comes when the body is wanted', async t => {
  const edge = await startEdge(t, { settings })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/', methods: ['POST'] }] })
  const { session } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  const stream = session.request({ ':path': '/', ':method': 'POST', ':authority': host, expect: '100-continue' })
  await once(stream, 'continue')
  stream.end('body')
  t.match((await once(stream, 'response'))[0], { ':status': 200 })
  const refused = session.request({ ':path': '/nowhere', ':method': 'POST', ':authority': host, expect: '100-continue' })
  refused.on('continue', () => t.fail('it is refused'))
  t.match((await once(refused, 'response'))[0], { ':status': 404 })
})

t.test('a worker that drains finishes what has begun', async t => {
  const answer = Promise.withResolvers<void>()
  const edge = await startEdge(t, {
    settings, functions: {
      hello: async () => {
        await answer.promise
        return { status: 200, headers: [], body: 'done' }
      }
    }
  })
  edge.addGateway('shop', { plugins: { none: {} }, routes: [{ path: '/' }] })
  const { ask, session } = await http2Client(t, `http://127.0.0.1:${edge.port}`)
  const answered = ask('/')
  await ask('/nowhere')
  const told = once(session, 'goaway')
  const drained = edge.drain()
  await told
  answer.resolve()
  t.match(await answered, { status: 200, text: 'done' })
  await drained
})
