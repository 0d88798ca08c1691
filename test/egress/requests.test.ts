import t from 'tap'
import { fetchAll, openEgress, startTarget } from '../support/egress.ts'

t.test('methods', async t => {
  const target = await startTarget(t, (request, response) => { response.setHeader('x-method', request.method!).end() })
  const egress = openEgress(t)
  for (const [method, sent] of [['get', 'GET'], ['Delete', 'DELETE'], ['PATCH', 'PATCH'], ['QUERY', 'QUERY'], ['PROPFIND', 'PROPFIND'], ['head', 'HEAD']] as const) {
    t.match(await fetchAll(egress, target.origin, { method }), { status: 200, headers: { 'x-method': sent } }, method)
  }
  for (const method of ['CONNECT', 'connect', 'TRACE', 'Track', 'GET /', 'G\r\nET', '', 'X'.repeat(33), 'É']) {
    t.match(await fetchAll(egress, target.origin, { method }), { code: 'request_invalid' }, method)
  }
  for (const method of ['GET', 'HEAD']) t.match(await fetchAll(egress, target.origin, { method, body: 'a' }), { code: 'request_invalid', message: /cannot have a body/ })
})

t.test('only http and https, and nobody\'s password in a URL', async t => {
  const egress = openEgress(t)
  for (const url of ['ftp://127.0.0.2/', 'file:///etc/passwd', 'data:,hello', 'ws://127.0.0.2/', 'blob:http://127.0.0.2/x', 'javascript:1', 'unix:/run/x.sock']) {
    t.match(await fetchAll(egress, url), { code: 'request_invalid', message: /^only http and https can be fetched, not / }, url)
  }
  for (const url of ['http://user@127.0.0.2/', 'http://:secret@127.0.0.2/']) {
    const answer = await fetchAll(egress, url)
    t.match(answer, { code: 'request_invalid' }, url)
    t.notMatch(answer, { message: /secret/ })
  }
})

t.test('ports of services that take a request for something else', async t => {
  const egress = openEgress(t)
  for (const port of [0, 22, 25, 53, 587, 6000, 6667, 10080]) {
    t.strictSame(await fetchAll(egress, `http://127.0.0.2:${port}/`), { code: 'port_not_allowed', message: `port ${port} is not allowed` })
  }
  t.match(await fetchAll(egress, 'http://127.0.0.2:65536/'), { code: 'request_invalid' })
})

t.test('a body of another length than was said', async t => {
  const target = await startTarget(t, (request, response) => { request.pipe(response) })
  const egress = openEgress(t, { limits: { maxReplayBytes: 10 } })
  const chunks = async function * (text: string): AsyncGenerator<Buffer> { yield Buffer.from(text) }
  for (const [length, text] of [[3, 'four'], [5, 'four'], [20, 'a'.repeat(21)], [20, 'a'.repeat(19)]] as const) {
    t.match(await egressFetch(length, text), { code: 'request_invalid', message: 'the request body does not have the length that was announced' }, `${text.length} for ${length}`)
  }
  t.match(await egressFetch(20, 'a'.repeat(20)), { status: 200 })

  async function egressFetch (length: number, text: string): Promise<unknown> {
    const request = { tenant: 'shop-dev', method: 'POST', url: target.origin, headers: [], redirect: 'follow' as const, body: { length }, content: chunks(text) }
    return await egress.fetch(request).catch((error: unknown) => error)
  }
})

t.test('responses that are not HTTP, and servers that hang up', async t => {
  const target = await startTarget(t, (request, response) => {
    const socket = response.socket!
    if (request.url === '/garbage') socket.end('SSH-2.0-OpenSSH_9.2\r\n')
    else if (request.url === '/early') socket.destroy()
    else if (request.url === '/short') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')
    else if (request.url === '/upgrade') socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    else if (request.url === '/status') socket.end('HTTP/1.1 099 Low\r\ncontent-length: 2\r\n\r\nok')
    else if (request.url === '/two') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nokk')
    else {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.writeHead(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'connection', 'close']).end('ok')
    }
  })
  const egress = openEgress(t)
  t.match(await fetchAll(egress, `${target.origin}/garbage`), { code: 'response_invalid' })
  t.match(await fetchAll(egress, `${target.origin}/early`), { code: 'connection_lost' })
  t.match(await fetchAll(egress, `${target.origin}/short`), { code: /^(?:connection_lost|response_invalid)$/ })
  t.match(await fetchAll(egress, `${target.origin}/upgrade`), { code: 'connection_lost' })
  t.match(await fetchAll(egress, `${target.origin}/two`), { code: 'response_invalid' })
  t.match(await fetchAll(egress, `${target.origin}/status`), { code: 'response_invalid' })

  const response = await egress.fetch({ tenant: 'a', method: 'GET', url: target.origin, headers: [], redirect: 'follow', body: null, content: null })
  t.strictSame(response.headers.filter(([name]) => name === 'set-cookie'), [['set-cookie', 'a=1'], ['set-cookie', 'b=2']])
  t.notOk(response.headers.some(([name]) => name === 'connection' || name === 'transfer-encoding'), 'what is of the connection is not the function\'s')
  await response.body!.return!()
})
