import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer, createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { UpstreamProtocol } from '#shared/upstream-options.ts'
import { certificate, reachable, startTarget } from '../support/egress.ts'
import { converse, host, startProxy } from '../support/upstream.ts'

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

const echo: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200, 'x-path': headers[':path'], 'x-te': headers.te ?? 'none', 'x-version': '2' })
  stream.pipe(stream)
}

async function start (t: Test, onStream: OnStream, isSecure = true, allowHTTP1 = false): Promise<{ url: string, sessions: () => number }> {
  const key = readFileSync(new URL('../support/tls/key.pem', import.meta.url), 'utf8')
  const server = isSecure
    ? createSecureServer({ key, cert: certificate, allowHTTP1 })
    : createServer()
  // It would answer the streams, too.
  if (allowHTTP1) server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => { if (request.httpVersionMajor < 2) response.end('1') })
  const sessions = new Set<{ destroy: () => void }>()
  let count = 0
  server.on('session', session => {
    count++
    sessions.add(session)
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined)
    onStream(stream, headers)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, reachable)
  await once(server, 'listening')
  t.teardown(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { url: `${isSecure ? 'https' : 'http'}://${reachable}:${(server.address() as AddressInfo).port}`, sessions: () => count }
}

const secure = (protocol: UpstreamProtocol) => ({ upstream: { protocol, tls: { verify: false, minVersion: 'TLSv1.2' } } } as const)

t.test('requests and bodies go over one HTTP/2 connection', async t => {
  for (const isSecure of [true, false]) {
    const { url, sessions } = await start(t, echo, isSecure)
    const edge = await startProxy(t, `${url}/base`, isSecure ? secure('h2') : { upstream: { protocol: 'h2' } })
    t.match(await edge.traffic(host, '/a?b'), { status: 200, text: '', headers: { 'x-path': '/base/a?b', 'x-version': '2' } })
    const answers = await Promise.all(Array.from({ length: 10 }, async (_, n) => await edge.traffic(host, '/', { method: 'POST', body: `body ${n}` })))
    t.strictSame(answers.map(({ status, text }) => `${status} ${text}`), answers.map((_, n) => `200 body ${n}`))
    t.equal(sessions(), 1)
    t.match(await edge.traffic(host, '/', { method: 'PUT', body: 'x'.repeat(300_000) }), { status: 200, text: 'x'.repeat(300_000) })
  }
})

t.test('what a target speaks is asked in the handshake', async t => {
  const both = await start(t, echo, true, true)
  t.match(await (await startProxy(t, both.url, secure('auto'))).traffic(host, '/'), { headers: { 'x-version': '2' } })
  t.match(await (await startProxy(t, both.url, secure('http/1.1'))).traffic(host, '/'), { status: 200, text: '1' })
  const old = await startTarget(t, undefined, { secure: true })
  t.match(await (await startProxy(t, old.origin, secure('auto'))).traffic(host, '/'), { status: 200, text: 'ok' })
  const refused = await startProxy(t, old.origin, secure('h2'))
  t.match(await refused.traffic(host, '/'), { status: 502, json: { code: 'upstream_unreachable' } })
  t.match(refused.told, [{ message: /does not speak HTTP\/2|no secure connection/ }])
})

t.test('trailers come through, for clients that take them', async t => {
  const { url } = await start(t, (stream, headers) => {
    stream.respond({ ':status': 200, 'x-te': headers.te ?? 'none', trailer: 'grpc-status' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end('body')
  })
  const edge = await startProxy(t, url, secure('h2'))
  const { closed, received } = await converse(edge, `GET / HTTP/1.1\r\nHost: ${host}\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n`)
  await closed
  t.match(received(), /x-te: trailers[^]*\r\n0\r\ngrpc-status: 0\r\n\r\n$/i)
})

t.test('a stream that is reset, a session that goes, and a server that floods with headers are failures of that request', async t => {
  const { url } = await start(t, (stream, headers) => {
    if (headers[':path'] === '/reset') return stream.close(2)
    if (headers[':path'] === '/gone') return stream.session!.destroy()
    if (headers[':path'] === '/flood') {
      // A session with more than it takes ends.
      return stream.respond(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x-${n}`, 'x'.repeat(1_000)])))
    }
    if (headers[':path'] === '/half' || headers[':path'] === '/half-session') {
      stream.respond({ ':status': 200 })
      return stream.write('some', () => {
        if (headers[':path'] === '/half') stream.destroy(new Error('on purpose'))
        else stream.session!.destroy()
      })
    }
    stream.respond({ ':status': 200 })
    stream.end('fine')
  })
  const edge = await startProxy(t, url, secure('h2'))
  for (const path of ['/reset', '/gone', '/flood']) t.match(await edge.traffic(host, path, { method: 'POST', body: 'x' }), { status: 502 }, path)
  for (const path of ['/half', '/half-session']) {
    const { closed, received } = await converse(edge, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    await closed
    t.match(received(), /some/)
    t.notMatch(received(), /\r\n0\r\n\r\n/, path)
  }
  t.match(await edge.traffic(host, '/fine'), { status: 200, text: 'fine' })
})
